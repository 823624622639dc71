/** Dialogs are the browser's own: focus stays inside, Escape closes, focus goes back afterwards. */
import { find, on, onAct } from "./dom.js";

export const openDialog = (name) => find(`dialog[data-name="${name}"]`)?.showModal();
export const closeDialog = (element) => element?.closest("dialog")?.close();

export function startDialogs() {
  onAct("open", (button) => openDialog(button.dataset.opens));
  onAct("close", closeDialog);
  // A press beside the sheet closes it.
  on("click", "dialog", (dialog, event) => event.target === dialog && dialog.close());
}
