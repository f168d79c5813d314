// Modules of this directory for where no types are taken away.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// The path of a module.
export const pathOf = (module) => fileURLToPath(new URL(module, import.meta.url));

// A module with all that it imports, as one script.
export async function bundle(module, options) {
  const { outputFiles } = await build({
    entryPoints: [pathOf(module)],
    bundle: true,
    write: false,
    target: "es2022",
    nodePaths: [pathOf("../node_modules")],
    define: { "process.env.NODE_ENV": '"development"' },
    ...options,
  });
  return outputFiles[0].text;
}

// A module in a page: what it exports is its global `module`.
export async function addModule(page, module) {
  await page.addScriptTag({ content: await bundle(module, { format: "iife", globalName: "module" }) });
}
