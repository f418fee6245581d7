// What would trouble old eyes and hands on the page as it stands: returns sentences, none when all is well.
(limits) => {
  const found = [];
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > 0 && getComputedStyle(element).visibility === 'visible';
  };
  const name = (element) => `<${element.tagName.toLowerCase()}> “${element.textContent.trim().slice(0, 20)}”`;
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const [, , , alpha = 1] = channels(colour);
      if (alpha === 1) return colour;
      if (alpha > 0) return 'rgb(0, 0, 0)'; // half transparent: nothing here is meant to be
    }
    return 'rgb(255, 255, 255)';
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || /^(SCRIPT|STYLE|NOSCRIPT)$/.test(element.tagName) || !seen(element)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    if (size < limits.text) found.push(`${name(element)} is ${size}px`);
    if (parseFloat(style.lineHeight) / size < limits.lines - 0.01) found.push(`${name(element)} has lines of ${style.lineHeight}`);
    const [one, other] = [luminance(style.color), luminance(paper(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < limits.contrast) found.push(`${name(element)} has a contrast of ${contrast.toFixed(1)}`);
  }
  document.querySelectorAll('a, button, input:not([type=file]):not([type=hidden]), label').forEach((element) => {
    if (!seen(element) || element.closest('label') !== null && element.tagName === 'INPUT') return;
    const inline = element.tagName === 'A' && getComputedStyle(element).display === 'inline';
    const height = element.getBoundingClientRect().height;
    const isLabelOfField = element.tagName === 'LABEL' && element.htmlFor && !element.className.includes('btn');
    if (!inline && !isLabelOfField && height < limits.target) found.push(`${name(element)} is ${height}px high`);
    if (element.scrollWidth > element.clientWidth + 1 && !inline) found.push(`${name(element)} is cut off`);
  });
  if (document.documentElement.scrollWidth > window.innerWidth) found.push('the page is wider than the screen');
  return found;
}
