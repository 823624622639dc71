/** What stands for libraries of which Reflex's client needs next to nothing on our pages: Emotion,
 * for styles in Python; cookies that states keep; props that Radix merges. */
import { createElement } from "react";

export const jsx = createElement;
export const mergician = (injected, own) => ({ ...injected, ...own });
export default class Cookies {}
