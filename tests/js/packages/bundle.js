// Bundles a module for browsers: `node bundle.js MODULE BUNDLE`. What it exports is a global, `bundle`.
import { build } from "esbuild";

const [module, outfile] = process.argv.slice(2);
await build({
  entryPoints: [module],
  outfile,
  bundle: true,
  format: "iife",
  globalName: "bundle",
  target: "es2022",
  logLevel: "warning",
});
