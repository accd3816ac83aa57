"use strict";
// A client of the Chrome DevTools Protocol over a pipe: no port is opened.
// Messages are JSON, each ended by a NUL byte (--remote-debugging-pipe).

class Browser {
  constructor(program, flags) {
    const { spawn } = require("child_process");
    this.child = spawn(program, flags, { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
    this.said = "";
    this.next = 0;
    this.waiting = new Map();
    this.handlers = [];
    this.child.stderr.on("data", (d) => { this.said = (this.said + d).slice(-4000); });
    this.listen(this.child.stdio[4]);
    this.ended = new Promise((resolve) => this.child.on("exit", resolve));
    this.child.on("error", (e) => { this.said += e; });
    this.child.stdio[3].on("error", () => {});
    this.ended.then(() => this.abandon());
  }

  listen(pipe) {
    let parts = [];
    pipe.on("data", (chunk) => {
      for (let at; (at = chunk.indexOf(0)) >= 0; chunk = chunk.subarray(at + 1)) {
        parts.push(chunk.subarray(0, at));
        this.receive(JSON.parse(Buffer.concat(parts).toString("utf8")));
        parts = [];
      }
      if (chunk.length) parts.push(chunk);
    });
  }

  receive(message) {
    const asked = this.waiting.get(message.id);
    if (asked) {
      this.waiting.delete(message.id);
      if (message.error) asked.reject(new Error(asked.method + ": " + message.error.message));
      else asked.resolve(message.result);
      return;
    }
    for (const h of this.handlers) h(message.method, message.params, message.sessionId);
  }

  abandon() {
    for (const asked of this.waiting.values()) asked.reject(new Error("the browser ended: " + this.said.trim().split("\n").pop()));
    this.waiting.clear();
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.next;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, method });
      this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    });
  }

  on(handler) { this.handlers.push(handler); }
}

// flagsOf are the settings of every start. --no-sandbox: the box around it
// denies the namespaces that Chromium's own would be made of.
function flagsOf(profile) {
  return [
    "--headless", "--no-sandbox", "--remote-debugging-pipe", "--user-data-dir=" + profile, "--disable-gpu", "--in-process-gpu",
    "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync", "--disable-default-apps", "--no-pings",
    "--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--disable-client-side-phishing-detection",
    "--disable-breakpad", "--disable-crash-reporter", "--disable-dev-shm-usage", "--mute-audio", "--hide-scrollbars", "--password-store=basic", "--use-mock-keychain",
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--disable-hang-monitor",
    "--font-render-hinting=none", "--force-color-profile=srgb", "--lang=en-US", "--proxy-server=direct://", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-features=Translate,MediaRouter,OptimizationHints,AcceptCHFrame,InterestFeedContentSuggestions,DialMediaRouteProvider,PaintHolding",
    "about:blank",
  ];
}
