/** Figures in the text format of Prometheus. */

interface MetricWords {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
}

/** A figure for one combination of labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One figure, or one for each combination of labels. Asked for at each scrape: it must be quick. */
export type Metric = MetricWords & ({ value(): number } | { samples(): Iterable<Sample> });

export function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .map((metric) => {
      const { name, help, type } = metric;
      const lines =
        'value' in metric
          ? [`${name} ${metric.value()}`]
          : [...metric.samples()].map(({ labels, value }) => `${name}${labelText(labels)} ${value}`);
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
    })
    .join('');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

/** Exposition formats, "Text format": backslash, quote and line feed in the value of a label. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
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
