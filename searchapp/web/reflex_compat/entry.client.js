/** The start of a page.  What wakes it up is asked for once the page was drawn, and the photo of a
 * search is there; a tab that draws nothing wakes up by the clock.  A page that was built in English
 * under an address of its own is the page of the address at which it is served. */
import { createElement, startTransition } from "react";

const modules = globalThis.__reactRouterRouteModules;
for (const name of Object.keys(modules)) modules[name.replace("[en].", "")] = modules[name];
await new Promise((done) => (setTimeout(done, 800), requestAnimationFrame(() => setTimeout(done))));
const parts = [import("react-dom/client"), import("react-router/dom")];
const [{ hydrateRoot }, { HydratedRouter }] = await Promise.all(parts);
startTransition(() => hydrateRoot(document, createElement(HydratedRouter)));
