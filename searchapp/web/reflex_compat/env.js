/** Reflex's `env.json` names one fixed address; as a module it is the page's own. */
const at = globalThis.location?.origin ?? "http://localhost";
const urls = { PING: `${at}/ping`, UPLOAD: `${at}/_upload`, HEALTH: `${at}/_health` };
export default { ...urls, EVENT: at.replace(/^http/, "ws") + "/_event", TRANSPORT: "websocket" };
