/* The search runs in a worker, which a browser starts for no page opened from a folder. There a frame does its work. */
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(script) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.inside = frame.contentWindow;
      window.addEventListener("message", (told) => {
        if (told.source !== this.inside) return;
        const passed = new MessageEvent("message", { data: told.data });
        this.dispatchEvent(passed);
        if (this.onmessage) this.onmessage(passed);
      });
      const address = new URL(script, document.baseURI).href;
      const page = this.inside.document;
      page.open();
      page.write(`<!doctype html><script>
        postMessage = (data) => parent.postMessage(data, "*");
        importScripts = (...files) => files.reduce((before, file) => before.then(() => new Promise((done) => {
          const script = document.createElement("script");
          script.src = file;
          script.onload = done;
          document.body.append(script);
        })), Promise.resolve());
      </script><body><script src="${address}"></script>`);
      page.close();
      this.ready = new Promise((done) => frame.addEventListener("load", done, { once: true }));
    }
    postMessage(data) {
      this.ready.then(() => {
        const told = new MessageEvent("message", { data, source: window });
        this.inside.dispatchEvent(told);
      });
    }
    terminate() {}
  };
}
