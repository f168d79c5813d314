// Holds documents to the official schemas of their versions, the Schema Objects in them too:
// `node validate.js FILE…`. What they refuse is told, with the place in the document.
import { readFile } from "node:fs/promises";
import "@hyperjump/json-schema/openapi-3-1";
import { validate } from "@hyperjump/json-schema/openapi-3-2";

for (const file of process.argv.slice(2)) {
  const document = JSON.parse(await readFile(file, "utf8"));
  const [version] = document.openapi.match(/^3\.[12]/);
  const { valid, errors } = await validate(`https://spec.openapis.org/oas/${version}/schema-base`, document, "BASIC");
  if (!valid) {
    const told = errors.map(({ instanceLocation, absoluteKeywordLocation }) => `${instanceLocation} ${absoluteKeywordLocation}`);
    console.log(`${file}\n${told.join("\n")}`);
    process.exitCode = 1;
  }
}
