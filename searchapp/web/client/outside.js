/** The consent to ask outside sources, wherever it may be given. */
import { find } from "./dom.js";

/** Whether it is ticked inside `root`; false where it is not offered. */
export const outsideOf = (root) => find("[data-outside-consent]", root)?.checked ?? false;
