// @ts-check
/** Reflex draws by Emotion's `jsx`, for its styles in Python.  Ours are style sheets. */
import { createElement } from "react";

export const jsx = createElement;
