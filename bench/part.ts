import type { BarGroup } from './chart.js';

/** One part of the benchmark, and one section of the report. */
export interface Part {
  /** Its key in `results.json`. */
  readonly name: string;
  /** The heading of its section. */
  readonly title: string;
  /** What `--only` calls it by, or what it consists of. */
  readonly names: readonly string[];
  /** @param wanted - Which of its names are asked for. */
  run(wanted: readonly string[], setting: Setting): Promise<Section>;
}

/** What a part is run with. */
export interface Setting {
  /** For what processes write; removed in the end. */
  readonly folder: string;
  /** Only whether it works: as little as possible is done. */
  readonly smoke: boolean;
  say(line: string): void;
}

/** What a part has found. */
export interface Section {
  /** Paragraphs of Markdown below the heading. */
  readonly text: readonly string[];
  readonly results: unknown;
  readonly bars: readonly BarGroup[];
  /** Why a part of it has no figures; none where all went well. */
  readonly failures: readonly string[];
}
