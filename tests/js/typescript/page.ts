// What is so in a page alone.
import { ClientError, endpoint, type Fetch } from "../../../sse-runtime/src/typescript/runtime/index.ts";

const handlers = { event() {}, gap() {} };
const notes = endpoint<{ sid?: string }, { [name: string]: string }>({
  name: "Notes::all",
  method: "GET",
  path: "/notes",
  sources: { sid: { cookie: "sid" } },
  data: "text",
  names: "any",
});

export async function main(server: string): Promise<string[]> {
  const wrong: string[] = [];
  const asked: string[] = [];
  const fetch: Fetch = async (url) => {
    asked.push(url);
    return new Response(null, { status: 204 });
  };
  for (const base of ["", "/", "/api/", "api"]) await notes.connect(base, {}, { fetch }).on(handlers);
  const expected = ["/notes", "/notes", "/api/notes", "/api/notes"].map((path) => server + path);
  if (asked.join() !== expected.join()) wrong.push(`a path is a base in its own origin: ${asked.join()}`);

  const refused = notes.connect("", { sid: "1" }, { fetch }).on(handlers);
  const error: unknown = await refused.catch((error: unknown) => error);
  const isTold = error instanceof ClientError && error.reason.kind === "request";
  if (!isTold) wrong.push(`a cookie that the page cannot send is refused: ${String(error)}`);
  return wrong;
}
