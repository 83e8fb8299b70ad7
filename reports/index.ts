export { lineChart, type LineChart } from './chart';
export { evidence, type DriftFinding, type DriftFindings, type EvidenceInput } from './evidence';
export { runReport, type RunReport } from './page';
export { textTable, type TextRow } from './table';
