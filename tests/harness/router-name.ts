declare global {
  /** Set by the Jest project; every other project runs on the Node gateway. */
  var ROUTER: 'hive' | undefined;
}

/** The router before the subgraphs: the gateway of this repository unless the Jest project says otherwise. */
export function routerName(): 'gateway' | 'hive' {
  return globalThis.ROUTER ?? 'gateway';
}
