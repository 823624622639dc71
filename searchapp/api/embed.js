// Puts the photo search into a shop's page; see docs/embedding.md.
(() => {
  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const { mode = 'button', target, label = '사진으로 찾기', height = '720' } = script.dataset;
  let dialog;

  const makeFrame = () => {
    const frame = document.createElement('iframe');
    frame.src = origin + '/';
    frame.title = label;
    frame.allow = 'camera; clipboard-write';
    frame.style.cssText = 'border:0;width:100%;height:' + parseInt(height, 10) + 'px';
    addEventListener('message', (event) => {
      const { type, productId, link, title } = event.data || {};
      const ours = event.origin === origin && event.source === frame.contentWindow;
      if (!ours || type !== 'searchapp:product') return;
      if (dialog) dialog.close();
      const detail = { productId, link, title };
      document.dispatchEvent(new CustomEvent('searchapp:product', { detail }));
    });
    return frame;
  };

  const open = () => {
    if (!dialog) {
      dialog = document.createElement('dialog');
      dialog.style.cssText = 'padding:0;border:0;width:min(100vw,480px);max-height:100dvh';
      const close = document.createElement('button');
      close.textContent = '×';
      close.setAttribute('aria-label', 'Close');
      close.style.cssText = 'position:absolute;top:8px;right:8px;width:44px;height:44px';
      close.onclick = () => dialog.close();
      dialog.append(makeFrame(), close);
      document.body.append(dialog);
    }
    dialog.showModal();
  };

  const place = () => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.onclick = open;
    const shown = mode === 'frame' ? makeFrame() : button;
    const slot = target && document.querySelector(target);
    if (slot) slot.append(shown);
    else script.after(shown);
  };
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', place);
  else place();
})();
