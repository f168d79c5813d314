import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const runtime = fileURLToPath(new URL("../../../sse-runtime/src/typescript/runtime/", import.meta.url));
/** What the runtime may weigh in a page: minified, and compressed by gzip. The guide says it as well. */
const MOST = 6_800;

/** What a bundler makes of a module beside the runtime. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: runtime, loader: "ts" },
    bundle: true,
    external: ["react"],
    format: "esm",
    minify: true,
    target: "es2022",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

const constant = (name: string) =>
  `const ${name} = /* @__PURE__ */ endpoint<undefined, { message: string }>({
    name: "A::${name}", method: "GET", path: "/${name}", data: "json", names: ["message"],
  });`;

test("an endpoint weighs little, and brings neither React nor another endpoint", async (context) => {
  const text = await bundle(`import { endpoint } from "./index.ts"; export ${constant("used")} ${constant("unused")}`);
  assert.match(text, /"A::used"/);
  assert.doesNotMatch(text, /"A::unused"/);
  assert.doesNotMatch(text, /react|useEffect/);
  const size = gzipSync(text, { level: 9 }).length;
  context.diagnostic(`${text.length} bytes, ${size} after gzip`);
  assert.ok(size <= MOST, `${size} bytes after gzip`);
});

test("an import that is not used weighs nothing", async () => {
  assert.equal(await bundle('import { endpoint, EventSubscription, ClientError } from "./index.ts";'), "");
});

test("the React hook is there for who asks for it", async () => {
  assert.match(await bundle('export { useEvents } from "./react.ts";'), /from"react"/);
});
