// Debian's Chromium, headless, and a page that fails its test on anything the Content-Security-Policy
// refused, any error of a script, and any request to another origin.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const program = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const is_here = existsSync(program);

export async function launch() {
  return chromium.launch({
    executablePath: program,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

export const sizes = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

// A page of its own context, and the list of what went wrong on it.
export async function open(browser, url, { size = 'desk', theme = 'light', ...more } = {}) {
  const phone = size === 'phone' ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {};
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: theme,
    timezoneId: 'UTC',
    ...phone,
    ...more,
  });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => {
    const text = message.text();
    const is_expected = /status of (401|403|404|409|503)/.test(text);
    if (message.type() === 'error' && !is_expected) wrong.push(text);
  });
  page.on('pageerror', (error) => wrong.push(`${error}\n${error.stack}`));
  page.on('request', (request) => {
    const to = new URL(request.url());
    if (!['data:', 'blob:'].includes(to.protocol) && to.origin !== new URL(url).origin)
      wrong.push(`a request left: ${to}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  page.wrong = wrong;
  await page.goto(url);
  return page;
}

export async function sign_in(page, password) {
  await page.getByLabel('Name').fill('ann');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel(/code of your authenticator/).fill('123456');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: 'Now' }).waitFor();
}
