/**
 * The page's own script: choosing, shrinking and sending a photo, and every action of a person.
 *
 * It needs neither React nor the websocket: it listens on the document, keeps what it knows in
 * attributes of prerendered elements, and talks to the HTTP API.  So a photo can be sent while the
 * rest of the page is still loading, and whatever the rest does.
 */
import { startActions } from "./actions.js";
import { startAgain } from "./again.js";
import { startArranging } from "./arranging.js";
import { startChoosing } from "./choosing.js";
import { startDialogs } from "./dialogs.js";
import { arrive } from "./dom.js";
import { startFollowing } from "./follow.js";
import { startHistory } from "./history.js";
import { startHome } from "./home.js";
import { startInbox } from "./inbox.js";
import { startKakao } from "./kakao.js";
import { startLanguage } from "./language.js";
import { startOpinions } from "./opinions.js";
import { startSite } from "./site.js";
import { startTitle } from "./title.js";
import { startTruth } from "./truth.js";

arrive();
startLanguage();
startSite();
startHistory();
startDialogs();
startHome();
startChoosing();
startActions();
startAgain();
startArranging();
startKakao();
startOpinions();
startFollowing();
startTitle();
startTruth();
startInbox();

if ("serviceWorker" in navigator && window.isSecureContext) {
  addEventListener("load", () => navigator.serviceWorker.register("/worker.js").catch(() => {}));
}
