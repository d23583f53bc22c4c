/** The configuration of a Synapse for tests: SQLite, no federation, no rate limits to speak of. */
import { stringify } from 'yaml';

export interface SynapseConfigOptions {
  readonly serverName: string;
  readonly port: number;
  readonly folder: string;
  readonly sharedSecret: string;
  readonly registrationFiles: readonly string[];
  /** Laid over the rest. */
  readonly config?: Readonly<Record<string, unknown>>;
}

const unlimited = { per_second: 10_000, burst_count: 10_000 };

/** `homeserver.yaml`. */
export function homeserverYaml(options: SynapseConfigOptions): string {
  return stringify({
    server_name: options.serverName,
    public_baseurl: `http://127.0.0.1:${options.port}/`,
    pid_file: `${options.folder}/synapse.pid`,
    listeners: [
      {
        port: options.port,
        type: 'http',
        tls: false,
        bind_addresses: ['127.0.0.1'],
        resources: [{ names: ['client', 'openid'], compress: false }],
      },
    ],
    database: { name: 'sqlite3', args: { database: `${options.folder}/homeserver.db` } },
    log_config: `${options.folder}/log.yaml`,
    media_store_path: `${options.folder}/media`,
    signing_key_path: `${options.folder}/signing.key`,
    macaroon_secret_key: options.sharedSecret,
    form_secret: options.sharedSecret,
    registration_shared_secret: options.sharedSecret,
    app_service_config_files: options.registrationFiles,
    report_stats: false,
    enable_registration: false,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    federation_domain_whitelist: [],
    url_preview_enabled: false,
    presence: { enabled: false },
    // The cheapest bcrypt that is allowed: these passwords protect nothing.
    bcrypt_rounds: 4,
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_room_creation: unlimited,
    rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
    rc_joins: { local: unlimited, remote: unlimited },
    rc_joins_per_room: unlimited,
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
    ...options.config,
  });
}

/** `log.yaml`: everything from INFO to standard output, where the test keeps it. */
export function logYaml(): string {
  return stringify({
    version: 1,
    formatters: { line: { format: '%(asctime)s %(name)s %(levelname)s %(request)s %(message)s' } },
    handlers: { console: { class: 'logging.StreamHandler', formatter: 'line', stream: 'ext://sys.stdout' } },
    root: { level: 'INFO', handlers: ['console'] },
    disable_existing_loggers: false,
  });
}
