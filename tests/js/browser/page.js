// What the tests of pages share: a browser, and the pages of the examples as a person sees them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

// Calls `use` with a page in a browser of its own.
export async function withPage(use) {
  const profile = await mkdtemp(join(tmpdir(), "sse-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.SSE_TEST_CHROMIUM,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => {
      throw error;
    });
    await use(page);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

// Waits until the page says this of its connection.
export const says = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();

// The messages that the page shows, oldest first.
export const messages = async (page) => (await page.locator("#list .message").allTextContents()).reverse();

// Publishes as a person does, with the form.
export async function publish(page, type, message) {
  await page.getByLabel("Type", { exact: true }).fill(type);
  await page.getByLabel("Message").fill(message);
  await page.getByRole("button", { name: "Publish" }).click();
  await says(page, "Published as");
  await page.locator("#list .message", { hasText: message }).waitFor();
}
