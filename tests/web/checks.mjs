// What every page owes, looked for in the page as it is drawn: names for all that can be used, one heading,
// ids once, and contrast of what is really shown. A small own part of what axe does, so that nothing is
// downloaded.

export async function breaches(page) {
  return page.evaluate(() => {
    const found = [];
    const shown = (node) =>
      node.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) ?? true;
    const where = (node) => node.outerHTML.slice(0, 120);
    const name_of = (node) => {
      const by = node.getAttribute('aria-labelledby');
      const label = node.id ? document.querySelector(`label[for="${CSS.escape(node.id)}"]`) : null;
      return (
        node.getAttribute('aria-label') ||
        (by && document.getElementById(by)?.textContent) ||
        label?.textContent ||
        node.closest('label')?.textContent ||
        node.textContent ||
        node.getAttribute('title') ||
        ''
      ).trim();
    };
    for (const node of document.querySelectorAll(
      'button, a[href], input, select, textarea, summary, [role="listbox"], [role="meter"], dialog',
    )) {
      if (shown(node) && !name_of(node)) found.push(`without a name: ${where(node)}`);
    }
    for (const node of document.querySelectorAll('svg')) {
      if (
        node.getAttribute('aria-hidden') !== 'true' &&
        !(node.getAttribute('role') === 'img' && node.getAttribute('aria-label'))
      ) {
        found.push(`a picture without words: ${where(node)}`);
      }
    }
    const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
    for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at)))
      found.push(`an id twice: ${id}`);
    if (document.querySelectorAll('h1').length !== 1)
      found.push(`headings: ${document.querySelectorAll('h1').length} of the first rank`);
    if (document.querySelectorAll('main').length !== 1) found.push('not one main');
    if (document.querySelector('[style]:not([style=""])')) {
      for (const node of document.querySelectorAll('[style]')) {
        if (!/^(width|height|transform|visibility|position|top|left|inset)/.test(node.getAttribute('style')))
          found.push(`a style: ${where(node)}`);
      }
    }
    if (document.querySelector('[tabindex]:not([tabindex="0"], [tabindex="-1"])'))
      found.push('an order of its own for Tab');
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) found.push(`wider than the window by ${wide} px`);
    return [...found, ...poor_contrast()];

    function poor_contrast() {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      const rgba = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
      };
      const over = (top, under) => [0, 1, 2].map((at) => top[at] * top[3] + under[at] * (1 - top[3]));
      const light = (color) => {
        const [r, g, b] = color.slice(0, 3).map((part) => {
          const c = part / 255;
          return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (node) => {
        const layers = [];
        for (let at = node; at; at = at.parentElement) {
          const color = rgba(getComputedStyle(at).backgroundColor);
          if (color[3] > 0) layers.push(color);
          if (color[3] === 1) break;
        }
        return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
      };
      const poor = new Set();
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      let count = 0;
      while (walker.nextNode() && count < 4000) {
        const node = walker.currentNode.parentElement;
        if (
          !walker.currentNode.textContent.trim() ||
          !shown(node) ||
          node.closest('svg, :disabled, .hidden, [aria-hidden="true"]')
        )
          continue;
        ++count;
        const style = getComputedStyle(node);
        let opacity = 1;
        for (let at = node; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
        const ground = behind(node);
        const ink = rgba(style.color);
        const a = light(over([...ink.slice(0, 3), ink[3] * opacity], ground));
        const b = light(ground);
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const size = parseFloat(style.fontSize);
        const is_large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (is_large ? 3 : 4.5))
          poor.add(
            `contrast ${ratio.toFixed(2)}: ${node.className} "${walker.currentNode.textContent.trim().slice(0, 40)}"`,
          );
      }
      return [...poor];
    }
  });
}
