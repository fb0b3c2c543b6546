import type { CompiledPlan } from './compiled-plan.js';

/** Thrown through Apollo's executor once it has a plan, so that it does not execute that itself. */
export class CompiledInstead extends Error {
  override readonly name = 'CompiledInstead';
  readonly plan: CompiledPlan;

  constructor(plan: CompiledPlan) {
    super('a compiled plan is executed instead');
    this.plan = plan;
  }
}
