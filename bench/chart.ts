import type { Figure } from './figures.js';

/** One group of bars. */
export interface BarGroup {
  readonly title: string;
  readonly figures: readonly Figure[];
}

const WIDTH = 760;
const LABELS = 240;
const BARS = 400;
const ROW = 24;
const HEAD = 40;

/** Draws the processor time per request as bars, one group under the other, each with a scale of its own. */
export function drawChart(groups: readonly BarGroup[]): string {
  const heights = groups.map(({ figures }) => HEAD + figures.length * ROW);
  const height = heights.reduce((sum, each) => sum + each, 16);
  let top = 0;
  const drawn = groups.map((group, index) => {
    const text = drawGroup(group, top);
    top += heights[index] ?? 0;
    return text;
  });
  const style = [
    'text{font:13px sans-serif;fill:#1f2328}',
    '.title{font-weight:bold}',
    '.other{fill:#8c959f}',
    '.ours{fill:#1a7f37}',
    '.ground{fill:#ffffff}',
  ].join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<style>${style}</style><rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function drawGroup({ title, figures }: BarGroup, top: number): string {
  const most = Math.max(1, ...figures.filter(isSound).map(({ medianCpuMicros }) => medianCpuMicros));
  const rows = figures.map((figure, index) => {
    const y = top + HEAD + index * ROW;
    const length = isSound(figure) ? Math.max(1, (figure.medianCpuMicros / most) * BARS) : 0;
    const value = isSound(figure) ? `${figure.medianCpuMicros.toFixed(0)} µs` : 'failed';
    return [
      `<text x="${LABELS - 10}" y="${y + 13}" text-anchor="end">${escapeText(figure.contender)}</text>`,
      `<rect class="${figure.ours ? 'ours' : 'other'}" x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="17"/>`,
      `<text x="${(LABELS + length + 8).toFixed(1)}" y="${y + 13}">${value}</text>`,
    ].join('');
  });
  return [`<text class="title" x="16" y="${top + 26}">${escapeText(title)}</text>`, ...rows].join('\n');
}

const isSound = ({ failed }: Figure): boolean => failed === null;

const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
