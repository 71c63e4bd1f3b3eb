// A TCP proxy that can be cut, as a network is: both sides see the connection end without a word of
// the protocol spoken.
import { once } from "node:events";
import net from "node:net";

export class Proxy {
  #links = new Set();
  #down = false;

  static async to(target) {
    const { hostname, port } = new URL(target);
    const proxy = new Proxy();
    proxy.server = net.createServer((client) => proxy.#link(client, hostname, Number(port)));
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  // Cuts every connection and takes no new one until `mend`.
  sever() {
    this.#down = true;
    for (const link of this.#links) link.destroy();
  }

  mend() {
    this.#down = false;
  }

  close() {
    this.sever();
    this.server.close();
  }

  #link(client, host, port) {
    if (this.#down) return client.destroy();
    const server = net.connect(port, host);
    for (const [from, to] of [[client, server], [server, client]]) {
      this.#links.add(from);
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", () => {});
      from.on("close", () => {
        this.#links.delete(from);
        to.destroy();
      });
    }
  }
}
