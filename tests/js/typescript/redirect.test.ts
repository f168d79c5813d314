import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "../../../sse-runtime/src/typescript/runtime/errors.ts";
import { redirected, type Sent } from "../../../sse-runtime/src/typescript/runtime/redirect.ts";

const headers = {
  accept: "text/event-stream",
  authorization: "Bearer x",
  cookie: "a=b",
  "last-event-id": "7",
  "x-y": "z",
};
const get = (url: string): Sent => ({ method: "GET", url, headers: new Headers(headers), body: undefined });
const post = (url: string): Sent => ({ ...get(url), method: "POST", body: "{}" });

const answer = (status: number, location?: string) =>
  new Response(null, { status, headers: location === undefined ? {} : { location } });

function refuses(sent: Sent, location: string | undefined, why: RegExp): void {
  assert.throws(
    () => redirected(sent, answer(307, location)),
    (error) => error instanceof ClientError && error.reason.kind === "redirect" && why.test(error.message),
  );
}

test("a status that is no redirect leads nowhere else", () => {
  for (const status of [200, 300, 304, 305, 404]) {
    assert.equal(redirected(get("http://a/"), answer(status, "/b")), undefined);
  }
});

test("within an origin all headers go along", () => {
  const next = redirected(get("https://a/x/y"), answer(302, "../z?q"));
  assert.equal(next?.url, "https://a/z?q");
  assert.deepEqual(Object.fromEntries(next?.headers ?? []), headers);
});

test("nothing of the user's goes to another origin, be it another port or scheme", () => {
  for (const target of ["http://b/", "http://a:81/", "https://a/"]) {
    const next = redirected(get("http://a/"), answer(307, target));
    assert.deepEqual(Object.fromEntries(next?.headers ?? []), { accept: headers.accept, "last-event-id": "7" });
  }
  refuses(post("http://a/"), "http://b/", /body to another origin/);
});

test("nothing goes from https to http, not even to the same host", () => {
  refuses(get("https://a/"), "http://a/", /leaves https/);
});

test("no location, none that is a URL and none of another scheme is followed", () => {
  for (const location of [undefined, "http://[", "file:///etc/passwd", "data:,x", "javascript:1"]) {
    refuses(get("http://a/"), location, /leads nowhere/);
  }
});

test("a `POST` becomes a `GET` by 301, 302 and 303, without its body and what tells of it", () => {
  for (const status of [301, 302, 303]) {
    const sent = post("http://a/");
    sent.headers.set("content-type", "application/json");
    const next = redirected(sent, answer(status, "/b"));
    assert.deepEqual([next?.method, next?.body, next?.headers.get("content-type")], ["GET", undefined, null]);
  }
  for (const status of [307, 308]) {
    const next = redirected(post("http://a/"), answer(status, "/b"));
    assert.deepEqual([next?.method, next?.body], ["POST", "{}"]);
  }
});
