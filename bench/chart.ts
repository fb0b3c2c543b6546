/** One group of bars, on a scale of its own. */
export interface BarGroup {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

/** One bar. */
export interface Bar {
  readonly label: string;
  /** Null where it has failed. */
  readonly value: number | null;
  /** Whether it is of this project. */
  readonly ours: boolean;
}

const WIDTH = 760;
const LABELS = 240;
const BARS = 400;
const ROW = 24;
const HEAD = 40;

/** Draws groups of bars, one under the other. */
export function drawChart(groups: readonly BarGroup[]): string {
  const heights = groups.map(({ bars }) => HEAD + bars.length * ROW);
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

function drawGroup({ title, unit, bars }: BarGroup, top: number): string {
  const most = bars.reduce((longest, { value }) => Math.max(longest, value ?? 0), 0);
  const rows = bars.map(({ label, value, ours }, index) => {
    const y = top + HEAD + index * ROW;
    const length = value === null || most === 0 ? 0 : Math.max(1, (value / most) * BARS);
    const told = value === null ? 'failed' : `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
    return [
      `<text x="${LABELS - 10}" y="${y + 13}" text-anchor="end">${escapeText(label)}</text>`,
      `<rect class="${ours ? 'ours' : 'other'}" x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="17"/>`,
      `<text x="${(LABELS + length + 8).toFixed(1)}" y="${y + 13}">${escapeText(told)}</text>`,
    ].join('');
  });
  return [`<text class="title" x="16" y="${top + 26}">${escapeText(title)}</text>`, ...rows].join('\n');
}

const escapeText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
