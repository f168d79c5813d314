// The page of the cluster: `node cluster.js URL`. It moves between the nodes and kills them.
import { says, withPage } from "./page.js";

const [url] = process.argv.slice(2);

// Waits until something has happened that begins so.
const happens = (page, beginning) =>
  page.locator("#log span", { hasText: new RegExp(`^${beginning}`) }).first().waitFor();

// Waits until a figure of the page is this.
const figure = (page, id, text) => page.locator(`#${id}`).filter({ hasText: new RegExp(`^${text}$`) }).waitFor();

// Waits for a row of news: who published it, by way of which node it came, and what it says.
const news = (page, published, via, text) => page.locator("#news tr").filter({
  has: page.locator("td:nth-child(1)", { hasText: `node ${published}` }),
}).filter({
  has: page.locator("td:nth-child(2)", { hasText: `node ${via}` }),
}).filter({ hasText: text }).first().waitFor();

await withPage(async (page) => {
  const node = (number) => page.locator(`.node[data-node="${number}"]`);
  const press = (number, name) => node(number).getByRole("button", { name }).click();
  const publish = async (number, text) => {
    await page.getByLabel("Message").fill(text);
    await page.getByRole("button", { name: `Publish on node ${number}` }).click();
  };

  await page.goto(url);
  await says(page, "Connected by way of node 1");
  for (const number of [1, 2]) await news(page, number, 1, "number");
  await node(1).getByText("serving").waitFor();

  await press(2, "Read here");
  await says(page, "Connected by way of node 2");
  await publish(1, "hello from the first");
  await news(page, 1, 2, "hello from the first");
  await node(1).locator(".here", { hasText: /^0$/ }).waitFor();
  await node(2).locator(".here", { hasText: /^1$/ }).waitFor();
  await figure(page, "resumed", "1");

  await press(2, "Kill it");
  await happens(page, "Lost the connection by node 2");
  await says(page, "Connected by way of node 1");
  await node(2).getByText("does not run").waitFor();
  await publish(1, "one is left");
  await news(page, 1, 1, "one is left");
  await happens(page, "Node 2 runs again, as process");
  await figure(page, "resumed", "2");

  await press(2, "Read here");
  await says(page, "Connected by way of node 2");
  await publish(2, "back again");
  await news(page, 2, 2, "back again");
  for (const name of ["missed", "doubled", "gaps"]) await figure(page, name, "0");
});
