// The hook in a page, under the real React: StrictMode mounts each component twice.
import { createElement, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { endpoint, type Fetch } from "../../../sse-runtime/src/typescript/runtime/index.ts";
import { useEvents } from "../../../sse-runtime/src/typescript/runtime/react.ts";

const notes = endpoint<{ topic: string; tags: string[] }, { note: { text: string } }>({
  name: "Notes::stream",
  method: "GET",
  path: "/{topic}/notes",
  sources: { topic: { path: "topic" } },
  data: "json",
  names: ["note"],
});

/** A request of the hook's, with the stream that answers it in our hand. */
interface Asked {
  readonly url: string;
  readonly token: string | null;
  isAborted: boolean;
  send(text: string): void;
  end(): void;
}

const asked: Asked[] = [];

const fetch: Fetch = async (url, { headers, signal }) => {
  const path = new URL(url).pathname + new URL(url).search;
  const token = new Headers(headers).get("x-token");
  if (path.startsWith("/missing/")) return new Response(null, { status: 404 });
  if (path.startsWith("/over/")) return new Response(null, { status: 204 });
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (stream = controller) });
  const request: Asked = {
    url: path,
    token,
    isAborted: false,
    send: (text) => stream?.enqueue(new TextEncoder().encode(`event: note\ndata: {"text":"${text}"}\n\n`)),
    end: () => stream?.close(),
  };
  signal?.addEventListener("abort", () => (request.isAborted = true));
  asked.push(request);
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

let set: (props: { topic: string; mark: string }) => void = () => undefined;

function Notes() {
  const [{ topic, mark }, setProps] = useState({ topic: "a", mark: "1" });
  const [texts, setTexts] = useState<string[]>([]);
  set = setProps;
  const handlers = {
    note: ({ data }: { data: { text: string } }) => setTexts((texts) => [...texts, mark + data.text]),
    gap() {},
  };
  // Another object at each render, with the same content.
  const payload = { topic, tags: ["x"] };
  const options = { fetch, headers: { "x-token": mark }, policy: { floor: 1, ceiling: 1 } };
  const connection = useEvents(notes, "http://a", payload, handlers, options);
  return createElement("p", null, `${connection.status} ${texts.join()}`);
}

export async function main(): Promise<string[]> {
  const wrong: string[] = [];
  const is = (what: string, found: unknown, expected: unknown) => {
    const texts = [found, expected].map((value) => JSON.stringify(value));
    if (texts[0] !== texts[1]) wrong.push(`${what}: ${texts[0]}, not ${texts[1]}`);
  };
  const place = document.body.appendChild(document.createElement("main"));
  const shows = async (text: string) => {
    for (let tries = 0; place.textContent !== text; tries += 1) {
      if (tries === 500) throw new Error(`it shows "${place.textContent}", not "${text}"`);
      await new Promise((later) => setTimeout(later, 10));
    }
  };
  const states = () => asked.map(({ url, isAborted }) => `${url} ${isAborted ? "aborted" : "open"}`);
  const root = createRoot(place);
  root.render(createElement(StrictMode, null, createElement(Notes)));

  await shows("open ");
  is("mounted twice it asks once", states(), ["/a/notes?tags=x open"]);
  asked[0]?.send("hello");
  await shows("open 1hello");

  set({ topic: "a", mark: "2" });
  await new Promise((later) => setTimeout(later, 50));
  is("another render is not another request", states(), ["/a/notes?tags=x open"]);
  asked[0]?.send("again");
  await shows("open 1hello,2again");

  asked[0]?.end();
  while (asked.length < 2) await new Promise((later) => setTimeout(later, 10));
  await shows("open 1hello,2again");
  is("headers are those of the last render", asked[1]?.token, "2");

  set({ topic: "b", mark: "3" });
  while (asked.length < 3) await new Promise((later) => setTimeout(later, 10));
  await shows("open 1hello,2again");
  is("another payload is another request", states().slice(1), ["/a/notes?tags=x aborted", "/b/notes?tags=x open"]);
  asked[2]?.send("new");
  await shows("open 1hello,2again,3new");

  set({ topic: "missing", mark: "4" });
  await shows("failed 1hello,2again,3new");
  set({ topic: "over", mark: "5" });
  await shows("ended 1hello,2again,3new");

  set({ topic: "c", mark: "6" });
  await shows("open 1hello,2again,3new");
  root.unmount();
  await new Promise((later) => setTimeout(later, 50));
  is("unmounted it is gone", states().at(-1), "/c/notes?tags=x aborted");
  return wrong;
}
