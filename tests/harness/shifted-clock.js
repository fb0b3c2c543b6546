// Loaded into a program before its own code: its machine's clock is off by as many milliseconds as the query says.
const offset = Number(new URL(import.meta.url).searchParams.get('by'));
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offset);
    else super(...given);
  }

  static now() {
    return RealDate.now() + offset;
  }
};
