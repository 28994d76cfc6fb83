export { readConfig, type MediatorConfig } from './config';
export { defineWorkflow, type WorkflowStep } from './kinds/workflow/definitions/define-workflow';
export { createMediatorService } from './service';
export { mediatorKinds } from './mediators/mediator';
