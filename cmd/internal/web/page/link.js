// The connection to the node: it is made again for ever, unless the node says that
// it does not want this visitor.
//
// Frames from the node hold one or more JSON objects, one a line; frames to it hold
// one instruction.

const first = 250, most = 8000; // ms between attempts, doubling, ±30 %
const quiet = 30000, answer = 10000; // ms without a word before the node is asked for one, and for that
const steady = 5000; // ms that a connection lasts before attempts begin anew

// refused is the code with which the node turns somebody away at the door (RFC 6455
// 7.4.1, policy violation).
const refused = 1008;

// Link calls told(objects) for what the node says, entered() once it may be asked,
// down(inMs, why) when there is no connection, and over(why) when there will be none.
export class Link {
  #on;
  #ws = null;
  #enter = null; // makes the first instruction of each connection
  #tries = 0;
  #timer = 0;
  #watch = 0;
  #met = false; // the node has answered on this connection
  #began = 0;

  constructor(on) {
    this.#on = on;
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
  }

  // open connects as who enter() says each time, and stays connected until close.
  open(enter) {
    this.#enter = enter;
    this.#tries = 0;
    this.#connect();
  }

  // now tries at once if the next attempt is being waited for.
  now() {
    if (this.#timer) this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#timer = 0;
    this.#enter = null;
    this.#ws?.close(1000);
    this.#ws = null;
  }

  // send gives instructions to the node; what cannot go is lost, and State knows.
  send(all) {
    if (this.#ws?.readyState !== WebSocket.OPEN) return;
    for (const i of all) this.#ws.send(JSON.stringify(i));
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const ws = new WebSocket((location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/ws");
    this.#ws = ws;
    this.#met = false;
    this.#began = Date.now();
    this.#listen(answer);
    ws.onopen = () => {
      ws.send(JSON.stringify(this.#enter()));
      this.#listen(answer);
    };
    ws.onmessage = (e) => {
      if (ws !== this.#ws) return;
      this.#met = true;
      this.#listen(quiet);
      const objects = [];
      for (const l of String(e.data).split("\n")) {
        if (!l) continue;
        try {
          objects.push(JSON.parse(l));
        } catch {
          // what is no JSON is from a version that this page does not know
        }
      }
      this.#on.told(objects);
    };
    ws.onclose = (e) => ws === this.#ws && this.#lost(e.code, e.reason);
  }

  // listen waits for the next word; after a long silence the node is asked for one.
  #listen(ms) {
    clearTimeout(this.#watch);
    const ws = this.#ws;
    this.#watch = setTimeout(() => {
      if (ms === answer) {
        ws.onclose = null;
        ws.close();
        this.#lost(0, "the node does not answer");
        return;
      }
      this.send([{ do: "sessions", ref: "alive" }]);
      this.#listen(answer);
    }, ms);
  }

  #lost(code, why) {
    clearTimeout(this.#watch);
    this.#ws = null;
    if (!this.#enter) return;
    if (code === refused && !this.#met) {
      this.#enter = null;
      this.#on.over(why);
      return;
    }
    if (this.#met && Date.now() - this.#began > steady) this.#tries = 0;
    const ms = Math.min(most, first * 2 ** this.#tries++) * (0.7 + 0.6 * Math.random());
    this.#timer = setTimeout(() => this.#connect(), ms);
    this.#on.down(ms, why);
  }
}
