"""The words in Korean (해요체).  Every key here stands in :mod:`searchapp.i18n.en` too."""

KO: dict[str, str] = {
    # --- everywhere -------------------------------------------------------------------------
    "app.name": "찰칵",
    "app.description": (
        "사진 한 장으로 사진 속 옷과 비슷한 상품을 찾아드려요. 가입 없이, 문자로 결과를 받을 수 "
        "있어요."
    ),
    "app.skip": "본문으로 바로 가기",
    "app.no_script": "이 페이지를 쓰려면 브라우저 설정에서 자바스크립트를 켜 주세요.",
    "nav.home": "찰칵 처음 화면으로",
    "nav.language": "English",
    "nav.language_code": "en",
    "nav.privacy": "개인정보 안내",
    "nav.new": "새 사진으로 찾기",
    "common.close": "닫기",
    "common.cancel": "취소",
    "common.again": "다시 시도하기",
    "common.offline": "인터넷 연결이 끊겼어요. 연결되면 이어서 보여드릴게요.",
    "common.reconnecting": "연결하고 있어요",
    # --- photo ------------------------------------------------------------------------------
    "home.title": "사진 속 옷, 바로 찾아드려요",
    "home.title_1": "사진 속 옷,",
    "home.title_2": "바로 찾아드려요",
    "home.lead": "마음에 드는 옷 사진 한 장이면 돼요. 비슷한 상품과 가격을 모아서 보여드려요.",
    "home.album": "앨범에서 고르기",
    "home.camera": "사진 찍기",
    "home.drop": "사진을 끌어다 놓거나 붙여 넣어도 돼요",
    "home.kept": "사진은 {days} 동안만 보관하고, 언제든 바로 지울 수 있어요.",
    "home.samples": "이 사진으로 먼저 해 보세요",
    "home.sample": "예시 사진 {n}",
    "home.samples_note": "예시 사진과 상품은 찰칵이 직접 그린 그림이에요.",
    "home.history": "최근에 찾은 사진",
    "home.history_clear": "목록 비우기",
    "home.history_note": "이 목록은 이 기기에만 있어요.",
    "home.hero_alt": "카메라 화면 안에 놓인 티셔츠, 바지, 운동화 그림",
    # --- ready ------------------------------------------------------------------------------
    "ready.title": "이 사진으로 찾을까요?",
    "ready.photo_alt": "고른 사진",
    "ready.change": "다른 사진 고르기",
    "ready.no_preview": "이 브라우저에서는 미리 볼 수 없는 사진이에요. 그대로 보내도 괜찮아요.",
    "ready.start": "바로 찾기",
    "ready.choose": "골라서 찾기",
    "ready.start_hint": "사진에서 보이는 옷을 모두 찾아요.",
    # --- phone ------------------------------------------------------------------------------
    "phone.title": "다 되면 문자로 알려드릴까요?",
    "phone.label": "휴대폰 번호 (선택)",
    "phone.placeholder": "010-1234-5678",
    "phone.bad": "휴대폰 번호를 다시 확인해 주세요.",
    "phone.consent": "결과 문자를 받는 데 동의해요 (필수)",
    "phone.consent_needed": "문자를 받으려면 동의에 체크해 주세요.",
    "phone.more": "자세히",
    "phone.terms": (
        "보내는 내용: 검색 결과 링크 문자. 받는 곳: 문자 발송 회사 Twilio(미국)에 번호와 문자 "
        "내용이 전달돼요. "
        "보관: 번호는 암호로 잠가 두고 문자가 끝나면 24시간 안에 지워요. 동의하지 않아도 링크로 "
        "결과를 볼 수 있어요."
    ),
    "phone.terms_domestic": (
        "보내는 내용: 검색 결과 링크 메시지(카카오톡 알림톡 또는 문자). 처리를 맡은 곳: 국내 "
        "메시지 발송 회사 솔라피에 번호와 메시지 내용이 전달돼요. 보관: 번호는 암호화해 두었다가 "
        "메시지가 끝난 뒤 24시간 안에 지워요. 동의하지 않아도 링크로 결과를 볼 수 있어요."
    ),
    # --- outside sources --------------------------------------------------------------------
    "outside.consent": "다른 쇼핑몰에서도 찾기 (선택)",
    "outside.more": "자세히",
    "outside.terms": (
        "사진에서 옷 부분만 잘라 5분 동안만 열리는 링크로 SerpApi(미국)를 거쳐 Google 렌즈(미국)에 "
        "보내요. 번호와 원래 사진은 보내지 않아요. 동의하지 않아도 우리 상품에서 찾아드려요."
    ),
    "outside.pending": "다른 쇼핑몰에서도 찾고 있어요.",
    "outside.some": "다른 쇼핑몰은 일부만 답해서, 찾은 만큼만 함께 보여드려요.",
    "outside.quota": "다른 쇼핑몰에서 찾을 수 있는 횟수를 다 써서, 우리 상품만 보여드려요.",
    "outside.slow": "다른 쇼핑몰의 답이 너무 늦어서, 우리 상품만 보여드려요.",
    "outside.away": "다른 쇼핑몰은 지금 답하지 않아, 우리 상품만 보여드려요.",
    # --- sending ----------------------------------------------------------------------------
    "send.sending": "사진을 보내고 있어요",
    "send.waiting": "전송을 기다리고 있어요",
    "send.not_stored": "아직 저장되지 않았어요. 화면을 켜 두면 자동으로 다시 시도할게요.",
    "send.retry_now": "지금 다시 보내기",
    "send.stop": "그만두기",
    "send.failed": "사진을 보내지 못했어요.",
    "send.unfetched": "사진을 불러오지 못했어요. 잠시 뒤에 다시 눌러 주세요.",
    "send.too_large": "사진이 너무 커요. 15MB 이하 사진으로 골라 주세요.",
    "send.not_a_photo": (
        "사진 파일이 아니에요. JPEG, PNG, WEBP, HEIC, AVIF, GIF 사진을 골라 주세요."
    ),
    "send.address": "이 주소의 사진을 가져와서 찾을까요?",
    "send.address_yes": "사진 가져오기",
    "send.address_no": "아니요",
    "send.fetching": "사진을 가져오고 있어요.",
    "send.unshared": "공유한 사진을 받지 못했어요. 여기에서 다시 골라 주세요.",
    "send.words": "사진이 아니라 글자예요. 사진이나 사진 주소를 넣어 주세요.",
    "send.too_many": "요청이 많아 잠시 쉬고 있어요. 잠시 뒤에 다시 시도해 주세요.",
    # --- choosing ---------------------------------------------------------------------------
    "choose.title": "무엇을 찾을까요?",
    "choose.lead": "찾고 싶은 옷을 눌러서 고르거나 빼 주세요.",
    "choose.regions": "사진 속 옷",
    "choose.find": "{n}개 찾기",
    "choose.none": "하나 이상 골라 주세요",
    "choose.draw": "직접 그리기",
    "choose.draw_hint": "사진 위를 끌어서 네모를 그려 주세요.",
    "choose.draw_add": "가운데에 네모 넣기",
    "choose.mine": "그린 영역 {n}",
    "choose.adjusted": "{label} (고친 영역)",
    "choose.reshape": "{label} 위치와 크기 고치기",
    "choose.adjust": "{name} 위치와 크기",
    "choose.left": "왼쪽",
    "choose.right": "오른쪽",
    "choose.up": "위",
    "choose.down": "아래",
    "choose.wider": "넓게",
    "choose.narrower": "좁게",
    "choose.taller": "길게",
    "choose.shorter": "짧게",
    "choose.remove": "이 네모 지우기",
    "choose.done": "다 그렸어요",
    "choose.empty": "옷을 찾지 못했어요. 찾고 싶은 곳에 네모를 그려 주세요.",
    "choose.waits": "24시간 안에 골라 주세요. 그 뒤에는 지워져요.",
    "again.open": "다른 부분으로 찾기",
    "again.same": "같은 사진으로 다시 찾기",
    "again.title": "어디를 찾을까요?",
    "again.lead": "사진을 다시 올리지 않아도 돼요. 찾고 싶은 옷을 네모로 그려 주세요.",
    "again.note": "새 결과 링크가 생기고, 지금 결과도 그대로 있어요.",
    "again.back": "결과로 돌아가기",
    # --- on its way -------------------------------------------------------------------------
    "way.title": "찾고 있어요",
    "way.banner": "앱을 닫거나 휴대폰을 잠가도 괜찮아요!",
    "way.text_to": "검색이 끝나면 {phone}로 결과 링크를 보내드릴게요.",
    "way.text_to_you": "검색이 끝나면 결과 링크를 문자로 보내드릴게요.",
    "way.link_title": "이 링크로 언제든 돌아올 수 있어요",
    "way.link_note": "링크를 아는 사람은 누구나 이 검색을 볼 수 있어요.",
    "way.copy": "링크 복사",
    "way.copied": "링크를 복사했어요",
    "way.copy_failed": "링크를 복사하지 못했어요. 주소를 길게 눌러 복사해 주세요.",
    "way.share": "공유",
    "way.qr": "QR 코드",
    "way.qr_title": "휴대폰 카메라로 비춰 보세요",
    "way.qr_alt": "이 검색으로 돌아오는 QR 코드",
    "way.progress": "검색 진행률",
    "way.left": "약 {low}~{high}초 남았어요",
    "way.left_soon": "곧 끝나요",
    "way.queued": "순서를 기다리고 있어요",
    "way.ahead": "앞에 {n}명이 있어요, 약 {minutes}분",
    "way.ahead_alone": "앞에 {n}명이 있어요",
    "way.cancel": "그만 찾기",
    "way.photo_alt": "찾고 있는 사진",
    "step.reading": "사진 살펴보기",
    "step.regions": "옷 찾기",
    "step.matching": "비슷한 상품 고르기",
    "step.finishing": "정리하기",
    # --- SMS --------------------------------------------------------------------------------
    "sms.pending": "결과가 나오면 문자를 보낼게요.",
    "sms.sending": "문자를 보내고 있어요.",
    "sms.sent": "결과 링크를 문자로 보냈어요.",
    "sms.delivered": "결과 링크가 문자로 도착했어요.",
    "sms.failed": "문자를 보내지 못했어요. 번호를 확인하고 다시 보내 보세요.",
    "sms.unknown": "문자가 도착했는지 확인하지 못했어요.",
    "sms.change": "번호 바꾸기",
    "sms.add": "문자로 결과 받기",
    "sms.resend": "문자로 다시 받기",
    "sms.save": "이 번호로 받기",
    "sms.not_possible": "문자는 보낼 수 없지만, 이 링크로 결과를 볼 수 있어요.",
    "reason.sms_off": "지금은 문자 보내기를 쉬고 있어요.",
    "reason.not_configured": "이곳에서는 문자를 보낼 수 없어요.",
    "reason.prefix_not_allowed": "이 번호로는 문자를 보낼 수 없어요.",
    "reason.number_unreadable": "번호를 읽지 못했어요. 다시 적어 주세요.",
    "reason.number_refused": "이 번호는 저희 문자를 받을 수 없어요.",
    "reason.number_cap": "이 번호로 오늘 보낼 수 있는 문자를 모두 보냈어요.",
    "reason.ip_cap": "이 인터넷 연결에서 오늘 보낼 수 있는 문자를 모두 보냈어요.",
    "reason.site_cap": "오늘 보낼 수 있는 문자를 모두 보냈어요.",
    # --- results ----------------------------------------------------------------------------
    "results.title": "이런 옷을 찾았어요",
    "results.title_similar": "비슷한 옷을 모았어요",
    "results.was": "이전 가격",
    "results.other_kinds": "다른 종류도 보기",
    "similar.open": "이것과 비슷한 상품",
    "similar.title": "이것과 비슷한 상품",
    "similar.none": "비슷한 상품을 찾지 못했어요.",
    "results.title_none": "꼭 맞는 상품을 찾지 못했어요",
    "results.photo_alt": "검색한 사진",
    "results.item_same": "같은 상품을 찾았어요",
    "results.item_similar": "비슷한 상품이에요",
    "results.item_none": "꼭 맞는 상품을 찾지 못했어요",
    "results.item_none_hint": "옷이 더 크게 나온 사진이나, 찾을 부분을 직접 그려서 다시 해 보세요.",
    "results.item_failed": "끝까지 찾지 못했어요",
    "results.item_failed_hint": "잠시 뒤에 이 옷만 다시 찾아보세요.",
    "results.near": "대신 닮은 상품을 모았어요",
    "results.filtered": "조건에 맞는 상품이 없어요.",
    "results.same": "같은 상품",
    "results.this": "이거예요",
    "results.not_this": "아니에요",
    "results.no_price": "가격은 쇼핑몰에서",
    "results.at_shop": "쇼핑몰에서 보기",
    "results.item_looking": "찾고 있어요",
    "results.before": "앞 상품 보기",
    "results.more": "다음 상품 보기",
    "results.sort": "정렬·필터",
    "results.sort_by": "정렬",
    "results.by_match": "비슷한 순",
    "results.by_price": "낮은 가격순",
    "results.by_price_down": "높은 가격순",
    "results.category": "종류",
    "results.any_category": "모든 종류",
    "results.price": "가격 ({currency})",
    "results.min_price": "최저 가격",
    "results.max_price": "최고 가격",
    "results.any_price": "제한 없음",
    "results.other_currencies": "가격을 정하면 {currency} 가격이 없는 상품은 빠져요.",
    "results.brand": "브랜드",
    "results.any_brand": "모든 브랜드",
    "results.brand_other": "다른 브랜드 적기",
    "results.colour": "색",
    "results.any_colour": "모든 색",
    "results.stock": "재고",
    "results.in_stock": "살 수 있는 상품만",
    "results.sold_out": "품절",
    "results.filters_on": "필터 {n}개 적용 중",
    "results.reset": "초기화",
    "results.show": "상품 보기",
    "results.share": "공유",
    "results.again": "다시 찾기",
    "results.erase": "지우기",
    "results.demo": "찰칵이 그린 연습용 상품이 섞여 있어요. 실제로 파는 상품이 아니에요.",
    "results.until": "{date}까지 볼 수 있어요",
    "results.region": "{label} 결과로 가기",
    # --- filters of a search ----------------------------------------------------------------
    "filters.title": "검색 조건",
    "filters.without": "{name} 조건 빼고 다시 찾기",
    "filters.everywhere": "모든 상품에서 다시 찾기",
    "filters.note": (
        "지금 보이는 상품만이 아니라 모든 상품에서 이 조건으로 찾아요. 새 결과 링크가 생기고, 지금 "
        "결과도 그대로 있어요."
    ),
    "filters.none_hint": "조건에 맞는 상품이 없어요. 위에서 조건을 하나씩 빼 보세요.",
    "filters.crossed": "최저 가격이 최고 가격보다 높아요.",
    # --- share and erase --------------------------------------------------------------------
    "share.title": "결과 공유하기",
    "share.note": "사진과 번호 없이 결과만 볼 수 있는 링크예요.",
    "share.make": "공유 링크 만들기",
    "share.send": "보내기",
    "share.kakao": "카카오톡으로 보내기",
    "share.kakao_open": "결과 보기",
    "share.kakao_failed": (
        "카카오톡을 열지 못했어요. 잠시 뒤에 다시 누르거나, 링크를 복사해서 보내 주세요."
    ),
    "share.stop": "공유 그만하기",
    "share.stopped": "공유를 멈췄어요",
    "share.qr_alt": "공유 링크의 QR 코드",
    "share.page_title": "사진 한 장으로 찾은 옷이에요",
    "share.page_lead": "나도 사진으로 찾아볼까요?",
    "share.gone": "공유가 끝난 링크예요",
    "share.gone_hint": "공유한 분이 멈췄거나 보관 기간이 지났어요.",
    "erase.title": "이 검색을 지울까요?",
    "erase.note": "사진, 결과, 번호가 바로 지워지고 되돌릴 수 없어요.",
    "erase.yes": "지금 지우기",
    # --- edges ------------------------------------------------------------------------------
    "edge.not_found": "찾을 수 없는 링크예요",
    "edge.not_found_hint": "주소가 잘렸거나 잘못 적혔을 수 있어요. 받은 링크를 다시 확인해 주세요.",
    "edge.expired": "보관 기간이 지나 지워졌어요",
    "edge.expired_hint": "사진과 결과는 {days} 동안만 보관해요. 같은 사진으로 다시 찾을 수 있어요.",
    "edge.erased": "지워진 검색이에요",
    "edge.erased_hint": "사진과 결과, 번호가 모두 지워졌어요.",
    "edge.cancelled": "검색을 그만뒀어요",
    "edge.cancelled_hint": "원하면 언제든 다시 찾을 수 있어요.",
    "edge.failed": "검색을 끝내지 못했어요",
    "edge.until": "{date}에 자동으로 지워져요",
    "edge.away": "지금은 결과를 불러올 수 없어요",
    "edge.away_hint": "잠시 뒤에 자동으로 다시 보여드릴게요.",
    "edge.missing": "없는 페이지예요",
    "edge.missing_hint": "주소를 다시 확인하거나 처음 화면에서 시작해 주세요.",
    "error.unreadable_picture": "사진을 열지 못했어요. 다른 사진으로 다시 해 주세요.",
    "error.too_many_attempts": "여러 번 시도했지만 검색을 끝내지 못했어요.",
    "error.deadline_passed": "시간 안에 검색을 끝내지 못했어요.",
    "error.search_failed": "검색 중에 문제가 생겼어요.",
    "error.action": "지금은 할 수 없어요. 잠시 뒤에 다시 해 주세요.",
    # --- labels -----------------------------------------------------------------------------
    "label.mine": "그린 영역",
    # --- colours ----------------------------------------------------------------------------
    # --- the local phone inbox --------------------------------------------------------------
    "inbox.title": "연습용 문자함",
    "inbox.lead": (
        "문자 회사를 연결하지 않은 동안, 보낼 문자가 여기에 쌓여요. 실제 휴대폰으로는 가지 않아요."
    ),
    "inbox.empty": "아직 문자가 없어요",
    "inbox.empty_hint": "번호를 넣고 검색하면 결과 문자가 여기에 나타나요.",
    "inbox.closed": "문자함을 열 수 없어요",
    "inbox.closed_hint": "개발용 설정으로 이 컴퓨터에서 열었을 때만 볼 수 있어요.",
    # --- privacy ----------------------------------------------------------------------------
    "privacy.title": "개인정보 안내",
    "privacy.lead": "찰칵은 꼭 필요한 것만, 꼭 필요한 동안만 가지고 있어요.",
    "privacy.photo": "사진",
    "privacy.photo_text": (
        "옷을 찾는 데만 써요. 받은 파일의 위치 정보와 촬영 정보는 지우고, 검색이 끝난 지 "
        "{days} 뒤에 자동으로 지워요. 결과 화면의 ‘지우기’를 누르면 그 자리에서 모두 지워져요."
    ),
    "privacy.phone": "휴대폰 번호",
    "privacy.phone_text": (
        "넣지 않아도 돼요. 넣으면 결과 링크를 보내는 데만 쓰고, 암호로 잠가 두었다가 문자가 "
        "끝나면 24시간 안에 지워요. 가린 번호(010-****-5678)와, 나중에 번호로 검색을 찾을 수 "
        "있도록 알아볼 수 없게 바꾼 값은 검색이 지워질 때까지 남아요. 하루에 보낸 문자 수를 "
        "세는 값은 이틀 뒤에 없어져요."
    ),
    "privacy.domestic": "메시지 발송 위탁",
    "privacy.domestic_text": (
        "메시지는 국내 회사 솔라피가 보내요. 알림톡은 카카오를 거쳐요. 동의하신 경우에만 번호와 "
        "메시지 내용이 보내는 순간 전달되고, 국외로 보내지 않아요. 동의하지 않아도 링크로 모두 "
        "쓸 수 있어요."
    ),
    "privacy.abroad": "국외 이전",
    "privacy.abroad_text": (
        "문자는 Twilio Inc.(미국)가 보내요. 동의하신 경우에만 번호와 문자 내용이 문자를 보내는 "
        "순간 전달돼요. 동의하지 않아도 링크로 모든 기능을 쓸 수 있어요."
    ),
    "privacy.outside": "다른 쇼핑몰에서 찾기",
    "privacy.outside_text": (
        "동의에 체크하신 검색만, 사진에서 옷 부분을 잘라 5분 동안 열리는 링크로 SerpApi(미국)를 "
        "거쳐 Google 렌즈(미국)에 보내요. 번호는 보내지 않아요. 보낸 뒤의 보관은 그 회사들의 "
        "규정을 따라요."
    ),
    "privacy.device": "이 기기에 남는 것",
    "privacy.device_text": (
        "최근 검색 목록과 고른 언어만 이 브라우저에 저장해요. 광고 쿠키나 방문 추적은 쓰지 않아요."
    ),
    "privacy.scripts": "다른 회사의 스크립트",
    "privacy.scripts_none": "다른 회사의 스크립트는 부르지 않아요.",
    "privacy.scripts_kakao": (
        "‘카카오톡으로 보내기’를 누를 때만 주식회사 카카오의 스크립트를 불러요. 그때 접속 정보와 "
        "공유 링크가 카카오로 전달되고, 사진과 번호는 전달되지 않아요. 누르지 않으면 부르지 않아요."
    ),
    "privacy.rights": "지우기와 문의",
    "privacy.rights_text": (
        "결과 화면에서 검색을 바로 지울 수 있어요. 링크를 잃어버렸거나 무엇이 남아 있는지 알고 "
        "싶다면 이 사이트를 운영하는 분께 번호를 알려 주세요. 그 번호의 검색을 모두 보내 드리거나 "
        "지워 드려요. 지운 뒤에는 지웠다는 표시만 30일 동안 남아요."
    ),
}
