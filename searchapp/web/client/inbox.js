/** The local phone inbox: asks for its messages while its page is open. */
import { find } from "./dom.js";
import { store } from "./store.js";

const EVERY = 2000;

async function look() {
  if (!find("[data-inbox]") || document.hidden) return;
  try {
    const answer = await fetch("/dev/phone/messages");
    if (answer.status === 404) {
      store.set({ inbox: { phase: "closed", messages: [] } });
    } else if (answer.ok) {
      const { messages } = await answer.json();
      store.set({ inbox: { phase: messages.length ? "full" : "empty", messages } });
    }
  } catch {
    // The server is away for a moment; the next look may find it.
  }
}

export function startInbox() {
  look();
  setInterval(look, EVERY);
}
