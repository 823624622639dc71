/** Reflex's `env.json` names one fixed address; as a module it is the page's own. */
const at = globalThis.location?.origin ?? "http://localhost";
const paths = { PING: "/ping", UPLOAD: "/_upload", HEALTH: "/_health" };
const urls = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, at + path]));
export default { ...urls, EVENT: at.replace(/^http/, "ws") + "/_event", TRANSPORT: "websocket" };
