// The page of the shop: `node orders.js URL`. A consumer ships what is ordered meanwhile.
import assert from "node:assert/strict";
import { says, withPage } from "./page.js";

const [url] = process.argv.slice(2);

await withPage(async (page) => {
  const order = async (item, quantity) => {
    await page.getByLabel("Item").selectOption(item);
    await page.getByLabel("Quantity").fill(String(quantity));
    await page.getByRole("button", { name: "Order" }).click();
  };
  // Waits until of an order the row, the event and one shipment are seen.
  const done = (number, what) => page.getByRole("row").filter({
    hasText: new RegExp(`^${number}: ${what}✓✓ [0-9a-f]+-[0-9]+✓ once$`),
  }).waitFor();

  await page.goto(url);
  await says(page, "Connected");
  await order("tea", 2);
  await says(page, "Placed order 1");
  await done(1, "2 × tea");

  await order("gold", 1);
  await says(page, "Not placed: there is no such item. There is no row and no event");
  await order("cake", 3);
  await says(page, "Placed order 3");
  await done(3, "3 × cake");
  assert.equal(await page.locator("#orders tr").count(), 2);

  // Loaded again it has all of them, and none twice.
  await page.reload();
  await done(1, "2 × tea");
  await done(3, "3 × cake");
  assert.equal(await page.locator("#orders tr").count(), 2);
});
