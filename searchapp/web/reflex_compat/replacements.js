/** What stands for libraries of which Reflex's client needs next to nothing on our pages: Emotion,
 * for styles in Python; cookies that states keep; props that Radix merges. */
export { createElement as jsx } from "react";
export const mergician = (injected, own) => ({ ...injected, ...own });
export default class Cookies {}
