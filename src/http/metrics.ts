/** Figures in the text format of Prometheus. */

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  value(): number;
}

export function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, type, value }) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value()}\n`)
    .join('');
}

/** Figures of the process itself, under the names that Prometheus client libraries use. */
export const processMetrics: readonly Metric[] = [
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    type: 'gauge',
    value: () => process.memoryUsage.rss(),
  },
  {
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent in seconds.',
    type: 'counter',
    value: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  },
  {
    name: 'process_uptime_seconds',
    help: 'Seconds since the process started.',
    type: 'gauge',
    value: () => process.uptime(),
  },
];
