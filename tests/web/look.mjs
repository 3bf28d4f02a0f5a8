// Screenshots of every page to look at: node look.mjs FOLDER [PAGE...]. They are not kept in the repository.
import { mkdirSync } from 'node:fs';
import { launch, open, sign_in } from './browser.mjs';
import { Mock, password } from './mock/server.mjs';

const [folder, ...only] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const mock = await new Mock({ rows: 4000 }).start();
mock.live(15);
const browser = await launch();
for (const theme of ['light', 'dark']) {
  for (const size of ['desk', 'phone']) {
    mock.state = 'anonymous';
    const page = await open(browser, mock.url, { theme, size });
    const shoot = async (name) => {
      if (only.length > 0 && !only.includes(name)) return;
      await page.waitForTimeout(500);
      await page.screenshot({ path: `${folder}/${name}-${size}-${theme}.png` });
    };
    await page.getByLabel('Name').waitFor();
    await shoot('signin');
    await sign_in(page, password);
    await page.waitForTimeout(1200);
    const places = {
      now: 'now',
      delete: 'approvals/q-delete',
      scale: 'approvals/q-scale',
      passkey: 'approvals/q-passkey',
      actions: 'actions',
      sessions: 'sessions',
      replay: 'sessions/s-reviewer-github',
      agents: 'agents',
      policy: 'policy',
      simulate: 'policy/simulate',
      credentials: 'credentials',
      analytics: 'analytics',
      audit: 'audit',
      me: 'settings/me',
      people: 'settings/people',
      tokens: 'settings/tokens',
      breakglass: 'settings/breakglass',
    };
    for (const [name, place] of Object.entries(places)) {
      if (only.length > 0 && !only.includes(name)) continue;
      await page.evaluate((to) => (location.hash = to), `#/${place}`);
      await page.waitForTimeout(300);
      await shoot(name);
    }
    const action = mock.row(3990);
    await page.evaluate((to) => (location.hash = to), `#/actions/${action.action}`);
    await shoot('action');
    if (page.wrong.length > 0) console.log(size, theme, page.wrong);
    await page.context().close();
  }
}
await browser.close();
mock.stop();
