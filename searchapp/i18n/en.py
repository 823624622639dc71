"""The words in English.  Every key here stands in :mod:`searchapp.i18n.ko` too."""

EN: dict[str, str] = {
    # --- everywhere -------------------------------------------------------------------------
    "app.name": "Chalkak",
    "app.description": (
        "One photo finds clothes that look like the ones in it. No account; get the results by "
        "text if you like."
    ),
    "app.skip": "Skip to content",
    "app.no_script": "This page needs JavaScript. Please switch it on in your browser's settings.",
    "nav.home": "Chalkak home",
    "nav.language": "한국어",
    "nav.language_code": "ko",
    "nav.privacy": "Privacy",
    "nav.new": "Start with a new photo",
    "common.close": "Close",
    "common.cancel": "Cancel",
    "common.again": "Try again",
    "common.offline": "You are offline. We will carry on once you are connected again.",
    "common.reconnecting": "Connecting",
    # --- photo ------------------------------------------------------------------------------
    "home.title": "Find the clothes in your photo",
    "home.title_1": "Find the clothes",
    "home.title_2": "in your photo",
    "home.lead": (
        "One photo of something you like is enough. We gather similar pieces and their prices."
    ),
    "home.album": "Choose a photo",
    "home.camera": "Take a photo",
    "home.drop": "Or drop a photo here, or paste one",
    "home.kept": "Your photo is kept for {days} only, and you can erase it at any time.",
    "home.samples": "Try it with one of these",
    "home.sample": "Sample photo {n}",
    "home.samples_note": "The sample photos and products were drawn by Chalkak.",
    "home.history": "Your recent searches",
    "home.history_clear": "Clear the list",
    "home.history_note": "This list is on this device only.",
    "home.hero_alt": "A drawing of a T-shirt, trousers and trainers in a camera viewfinder",
    # --- ready ------------------------------------------------------------------------------
    "ready.title": "Search with this photo?",
    "ready.photo_alt": "The photo you chose",
    "ready.change": "Choose another photo",
    "ready.no_preview": "This browser cannot show this photo. You can still send it.",
    "ready.start": "Find everything",
    "ready.choose": "Let me choose",
    "ready.start_hint": "We look for every piece we can see.",
    # --- phone ------------------------------------------------------------------------------
    "phone.title": "Shall we text you when it's done?",
    "phone.label": "Mobile number (optional)",
    "phone.placeholder": "010-1234-5678",
    "phone.bad": "Please check the phone number.",
    "phone.consent": "I agree to get the result by text (required)",
    "phone.consent_needed": "Please tick the consent box to get a text.",
    "phone.more": "Details",
    "phone.terms": (
        "What we send: a text with the link to your results. Who sends it: Twilio (USA) receives "
        "your number "
        "and the text. How long: your number is kept encrypted and deleted within 24 hours after "
        "the text is "
        "done. Without consent you can still see the results by the link."
    ),
    "phone.terms_domestic": (
        "What we send: a message with the link to your results (KakaoTalk or text). Who processes "
        "it: Solapi, a company in Korea, receives your number and the message. How long: your "
        "number is kept encrypted and deleted within 24 hours after the message is done. Without "
        "consent you can still see the results by the link."
    ),
    # --- outside sources --------------------------------------------------------------------
    "outside.consent": "Search other shops too (optional)",
    "outside.more": "Details",
    "outside.terms": (
        "We cut the garment out of your photo and send it, by a link that is open for five "
        "minutes, to Google Lens (USA) through SerpApi (USA). Neither your number nor the whole "
        "photo is sent. Without it we still search our own products."
    ),
    "outside.pending": "Searching other shops too.",
    "outside.some": "Other shops answered only in part. We show what they found.",
    "outside.quota": "Searches of other shops are used up for now, so these are our own products.",
    "outside.slow": "Other shops took too long to answer, so these are our own products.",
    "outside.away": "Other shops do not answer right now, so these are our own products.",
    # --- sending ----------------------------------------------------------------------------
    "send.sending": "Sending your photo",
    "send.waiting": "Waiting to send your photo",
    "send.not_stored": "Not saved yet. Keep the screen on and we will keep trying.",
    "send.retry_now": "Send it now",
    "send.stop": "Stop",
    "send.failed": "We could not send the photo.",
    "send.unfetched": "We could not load the photo. Please try again in a moment.",
    "send.too_large": "The photo is too large. Please choose one up to 15 MB.",
    "send.not_a_photo": (
        "This is not a photo. Please choose a JPEG, PNG, WEBP, HEIC, AVIF or GIF file."
    ),
    "send.address": "Shall we get the photo from this address?",
    "send.address_yes": "Get the photo",
    "send.address_no": "No",
    "send.fetching": "Getting the photo.",
    "send.unshared": "The shared photo did not arrive. Please choose it here.",
    "send.words": "Those are words. Please drop or paste a photo, or a photo's address.",
    "send.too_many": "There are many requests right now. Please try again in a little while.",
    # --- choosing ---------------------------------------------------------------------------
    "choose.title": "What shall we look for?",
    "choose.lead": "Tap the pieces you want, or tap again to leave one out.",
    "choose.regions": "Pieces in the photo",
    "choose.find": "Find {n}",
    "choose.none": "Choose at least one",
    "choose.draw": "Draw it myself",
    "choose.draw_hint": "Drag over the photo to draw a box.",
    "choose.draw_add": "Put a box in the middle",
    "choose.mine": "My area {n}",
    "choose.adjusted": "{label}, adjusted",
    "choose.reshape": "Adjust the area of {label}",
    "choose.adjust": "Place and size of {name}",
    "choose.left": "Left",
    "choose.right": "Right",
    "choose.up": "Up",
    "choose.down": "Down",
    "choose.wider": "Wider",
    "choose.narrower": "Narrower",
    "choose.taller": "Taller",
    "choose.shorter": "Shorter",
    "choose.remove": "Remove this box",
    "choose.done": "Done drawing",
    "choose.empty": "We saw no clothes. Draw a box around what you want to find.",
    "choose.waits": "Please choose within 24 hours; after that the photo is erased.",
    "again.open": "Search another part",
    "again.same": "Search the same photo again",
    "again.title": "Where shall we look?",
    "again.lead": "No need to upload the photo again. Draw a box around the piece you want.",
    "again.note": "The new results get a link of their own; these results stay.",
    "again.back": "Back to the results",
    # --- on its way -------------------------------------------------------------------------
    "way.title": "Looking for your clothes",
    "way.banner": "You can close the app or lock your phone!",
    "way.text_to": "When the search is done, we will text the link to {phone}.",
    "way.text_to_you": "When the search is done, we will text you the link.",
    "way.link_title": "Come back any time with this link",
    "way.link_note": "Anyone who has the link can see this search.",
    "way.copy": "Copy link",
    "way.copied": "Link copied",
    "way.copy_failed": "We could not copy the link. Please select the address and copy it.",
    "way.share": "Share",
    "way.qr": "QR code",
    "way.qr_title": "Scan it with your phone's camera",
    "way.qr_alt": "QR code that leads back to this search",
    "way.progress": "Progress of the search",
    "way.left": "About {low} to {high} seconds left",
    "way.left_soon": "Almost done",
    "way.queued": "Waiting for its turn",
    "way.ahead": "{n} ahead of you, about {minutes} min",
    "way.ahead_alone": "{n} ahead of you",
    "way.cancel": "Stop",
    "way.photo_alt": "The photo being searched",
    "step.reading": "Reading the photo",
    "step.regions": "Finding clothes",
    "step.matching": "Picking matches",
    "step.finishing": "Finishing",
    # --- SMS --------------------------------------------------------------------------------
    "sms.pending": "We will text you when the results are in.",
    "sms.sending": "Sending the text.",
    "sms.sent": "We texted you the link to the results.",
    "sms.delivered": "The text with the link has arrived.",
    "sms.failed": "We could not send the text. Check the number and send it again.",
    "sms.unknown": "We could not tell whether the text arrived.",
    "sms.change": "Change number",
    "sms.add": "Text me the results",
    "sms.resend": "Text me again",
    "sms.save": "Text me here",
    "sms.not_possible": "We cannot send a text, but this link shows the results.",
    "reason.sms_off": "We are not sending texts at the moment.",
    "reason.not_configured": "Texts cannot be sent from here.",
    "reason.prefix_not_allowed": "We cannot send texts to this number.",
    "reason.number_unreadable": "Your number could not be read. Please enter it again.",
    "reason.number_refused": "This number does not take our texts.",
    "reason.number_cap": "This number has reached today's limit of texts.",
    "reason.ip_cap": "This connection has reached today's limit of texts.",
    "reason.site_cap": "All of today's texts have been sent.",
    # --- results ----------------------------------------------------------------------------
    "results.title": "Here is what we found",
    "results.title_similar": "Similar pieces",
    "results.was": "before",
    "results.other_kinds": "Show other kinds",
    "similar.open": "More like this",
    "similar.title": "More like this",
    "similar.none": "Nothing like this was found.",
    "results.title_none": "We found no good match",
    "results.photo_alt": "The photo you searched with",
    "results.item_same": "We found the same product",
    "results.item_similar": "Products that look alike",
    "results.item_none": "No good match",
    "results.item_none_hint": "Try a photo that shows the piece larger, or draw a box around it.",
    "results.item_failed": "We could not finish this one",
    "results.item_failed_hint": "Try this piece again in a little while.",
    "results.near": "The closest we have",
    "results.filtered": "No product fits these filters.",
    "results.same": "Same product",
    "results.this": "This is it",
    "results.not_this": "Not this",
    "results.no_price": "Price at the shop",
    "results.at_shop": "View at the shop",
    "results.item_looking": "Looking",
    "results.before": "Previous products",
    "results.more": "Next products",
    "results.sort": "Sort and filter",
    "results.sort_by": "Sort by",
    "results.by_match": "Best match",
    "results.by_price": "Price, low to high",
    "results.by_price_down": "Price, high to low",
    "results.category": "Category",
    "results.any_category": "All categories",
    "results.price": "Price ({currency})",
    "results.min_price": "Lowest price",
    "results.max_price": "Highest price",
    "results.any_price": "No limit",
    "results.other_currencies": "With a price set, products not priced in {currency} are left out.",
    "results.brand": "Brand",
    "results.any_brand": "All brands",
    "results.brand_other": "Another brand",
    "results.colour": "Colour",
    "results.any_colour": "All colours",
    "results.stock": "Stock",
    "results.in_stock": "In stock only",
    "results.sold_out": "Sold out",
    "results.filters_on": "Filters on: {n}",
    "results.reset": "Reset",
    "results.show": "Show products",
    "results.share": "Share",
    "results.again": "Search again",
    "results.erase": "Erase",
    "results.demo": "Some of these are practice products drawn by Chalkak. They are not for sale.",
    "results.until": "Kept until {date}",
    "results.region": "Go to the results for {label}",
    # --- filters of a search ----------------------------------------------------------------
    "filters.title": "Filters of this search",
    "filters.without": "Search again without {name}",
    "filters.everywhere": "Search the whole shop with these",
    "filters.note": (
        "Looks among all products, not only those shown here. It makes a new link, and these "
        "results stay as they are."
    ),
    "filters.none_hint": "No product fits these filters. Take them away above, one by one.",
    "filters.crossed": "The lowest price is above the highest one.",
    # --- share and erase --------------------------------------------------------------------
    "share.title": "Share the results",
    "share.note": "This link shows the results only, without your photo or number.",
    "share.make": "Make a link",
    "share.send": "Send",
    "share.kakao": "Send by KakaoTalk",
    "share.kakao_open": "See the results",
    "share.kakao_failed": (
        "We could not open KakaoTalk. Try again in a moment, or copy the link and send that."
    ),
    "share.stop": "Stop sharing",
    "share.stopped": "Sharing has stopped",
    "share.qr_alt": "QR code of the shared link",
    "share.page_title": "Clothes found with one photo",
    "share.page_lead": "Want to find something with your own photo?",
    "share.gone": "This link is no longer shared",
    "share.gone_hint": "The person who shared it turned it off, or it has expired.",
    "erase.title": "Erase this search?",
    "erase.note": (
        "The photo, the results and your number are erased at once. This cannot be undone."
    ),
    "erase.yes": "Erase now",
    # --- edges ------------------------------------------------------------------------------
    "edge.not_found": "We could not find this link",
    "edge.not_found_hint": "The address may be cut off or mistyped. Please check the link you got.",
    "edge.expired": "This search has expired",
    "edge.expired_hint": (
        "Photos and results are kept for {days} only. You can search with the same photo again."
    ),
    "edge.erased": "This search was erased",
    "edge.erased_hint": "The photo, the results and the number are gone.",
    "edge.cancelled": "The search was stopped",
    "edge.cancelled_hint": "You can search again whenever you like.",
    "edge.failed": "We could not finish the search",
    "edge.until": "Erased automatically on {date}",
    "edge.away": "We cannot load the results right now",
    "edge.away_hint": "They will appear here as soon as we can load them.",
    "edge.missing": "There is no such page",
    "edge.missing_hint": "Check the address, or start from the first page.",
    "error.unreadable_picture": "We could not open this photo. Please try another one.",
    "error.too_many_attempts": "We tried several times but could not finish.",
    "error.deadline_passed": "The search took too long.",
    "error.search_failed": "Something went wrong during the search.",
    "error.action": "This is not possible right now. Please try again in a moment.",
    # --- labels -----------------------------------------------------------------------------
    "label.mine": "My area",
    # --- colours ----------------------------------------------------------------------------
    # --- the local phone inbox --------------------------------------------------------------
    "inbox.title": "Practice inbox",
    "inbox.lead": "While no SMS provider is connected, texts land here and reach no real phone.",
    "inbox.empty": "No texts yet",
    "inbox.empty_hint": "Search with a number, and the text with the results appears here.",
    "inbox.closed": "The inbox is closed",
    "inbox.closed_hint": "It opens only in development, from this computer.",
    # --- privacy ----------------------------------------------------------------------------
    "privacy.title": "Privacy",
    "privacy.lead": "Chalkak keeps only what it needs, and only for as long as it needs it.",
    "privacy.photo": "Your photo",
    "privacy.photo_text": (
        "It is used to find clothes and for nothing else. Location and camera data are removed, "
        "and everything is erased {days} after the search ended. “Erase” on the results "
        "page removes it at once."
    ),
    "privacy.phone": "Your number",
    "privacy.phone_text": (
        "It is optional. We use it only to send the link; it is kept encrypted and deleted "
        "within 24 hours after the text is done. Its masked form (010-****-5678) and an "
        "unreadable fingerprint, by which your searches can be found, stay until the search is "
        "erased. What counts the texts of a day is gone after two days."
    ),
    "privacy.domestic": "Who sends messages",
    "privacy.domestic_text": (
        "Messages are sent by Solapi, a company in Korea; KakaoTalk messages go through Kakao. "
        "Only with your consent, your number and the message are handed over at the moment of "
        "sending, and nothing is transferred abroad. Without consent everything works by the link."
    ),
    "privacy.abroad": "Transfer abroad",
    "privacy.abroad_text": (
        "Texts are sent by Twilio Inc. (USA). Only with your consent, your number and the text "
        "are handed over at the moment of sending. Without consent everything works by the link."
    ),
    "privacy.outside": "Searching other shops",
    "privacy.outside_text": (
        "Only for searches where you ticked the box, we cut the garment out of your photo and send "
        "it, by a link that is open for five minutes, to Google Lens (USA) through SerpApi (USA). "
        "Your number is not sent. What they keep follows the terms of those companies."
    ),
    "privacy.device": "What stays on this device",
    "privacy.device_text": (
        "Your recent searches and your language are stored in this browser. There are no "
        "advertising cookies and no tracking."
    ),
    "privacy.scripts": "Scripts of other companies",
    "privacy.scripts_none": "We load no scripts of other companies.",
    "privacy.scripts_kakao": (
        "Only when you press “Send by KakaoTalk” do we load a script of Kakao Corp. Kakao then "
        "learns your connection data and the shared link, but neither your photo nor your number. "
        "Unless you press it, nothing is loaded."
    ),
    "privacy.rights": "Erasing and questions",
    "privacy.rights_text": (
        "Erase a search on its results page. If you lost the link, or want to know what is "
        "stored, tell the operator of this site your number: all its searches can be handed to "
        "you, or erased. Then only a mark that they were erased stays for 30 days."
    ),
}
