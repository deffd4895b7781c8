package catalogue

// jvmProperties are the properties of the Java virtual machine.
var jvmProperties = []Definition{
	{
		Name: "jmx.log4j.disable", Type: Boolean, Default: "false",
		Removed: release("3.8.0"), Malformed: MeansFalse,
		Breaks: "It has no effect from 3.8, which logs with logback.",
	},
	{
		Name: "jmx.log4j.mbean", Type: Text, Default: "log4j:hierarchy=default",
		Since: releases("3.5.5"), Removed: release("3.8.0"),
		Breaks: "It has no effect from 3.8, which logs with logback.",
	},
	{
		Name: "jvm.pause.info-threshold.ms", Type: Long, Unit: "ms", Default: "1000",
		Since: releases("3.5.10", "3.6.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "Too low a threshold fills the log.",
	},
	{
		Name: "jvm.pause.monitor", Type: Boolean, Default: "false",
		Since: releases("3.5.10", "3.6.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "false leaves long garbage collections out of the log.",
	},
	{
		Name: "jvm.pause.sleep.time.ms", Type: Long, Unit: "ms", Default: "500", Bounds: atLeast(1),
		Since: releases("3.5.10", "3.6.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "A long sleep measures pauses coarsely.",
	},
	{
		Name: "jvm.pause.warn-threshold.ms", Type: Long, Unit: "ms", Default: "10000",
		Since: releases("3.5.10", "3.6.0"), Source: ZooCfg, Malformed: Refused,
		Breaks: "Too high a threshold hides pauses that cost sessions.",
	},
}
