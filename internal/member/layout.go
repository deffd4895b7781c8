package member

// Directories in the server's container. The operator mounts a volume at each,
// and the agent looks there unless a flag says otherwise.
const (
	DataDir      = "/data"                    // the data volume
	LogDir       = "/datalog"                 // the volume of the transaction log, where there is one
	ConfigDir    = "/etc/zookeeper/config"    // the checked properties
	MembersDir   = "/etc/zookeeper/members"   // the members record
	FormationDir = "/etc/zookeeper/formation" // the formation record
	SuperuserDir = "/etc/zookeeper/superuser" // the super-user's digest
	ProgramDir   = "/agent"                   // the agent itself, copied there before the server starts
	StateDir     = "/run/zookeeper-agent"     // what must live as long as the Pod
	ServerLogDir = "/logs"                    // what the server's start script asks for; nothing is kept there
	TempDir      = "/tmp"                     // Java's
)

// Files in [ConfigDir] and [SuperuserDir]; the keys of their ConfigMap and Secret
// have the same names.
const (
	ZooCfg       = "zoo.cfg"       // properties without the server list and the digest
	JavaSecurity = "java.security" // security properties of the JVM
	Digest       = "digest"        // the value of ZooKeeper's superDigest
)

// Program is the agent's file name, in [ProgramDir] and at the root of its image.
const Program = "zookeeper-agent"

// Commands of the agent.
const (
	Install = "install" // followed by the directory to copy the agent to
	Run     = "run"     // followed by flags
)

// Flags of the command [Run] that the operator gives.
const (
	FlagIDOffset   = "id-offset"   // server id minus Pod ordinal
	FlagHostSuffix = "host-suffix" // what follows the Pod's name in its host name
	FlagDataDir    = "data-dir"    // see [DataDir]
	FlagLogDir     = "log-dir"     // see [LogDir]; the same as the data directory where there is no such volume
)

// Variables that tell the agent which Pod it is in.
const (
	EnvPodName = "POD_NAME"
	EnvPodUID  = "POD_UID"
	EnvPodIP   = "POD_IP"
)
