#!/usr/bin/env bash
# Makes a node of the test cluster fail, and brings it back.
#
#   hack/node.sh stop|start|pause|unpause|cut|heal NODE
#   hack/node.sh list
#
# stop is a power-off (everything in the node is killed at once), pause freezes
# it, cut drops every packet between the node and the rest, its Pods included.
# NODE is the name that kubectl shows, or its last part (worker2).
# shellcheck source=hack/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=hack/engine.sh
source "$HACK/engine.sh"

action=${1:-}
use_engine || die "there is no cluster: make cluster"
if [[ $action == list ]]; then
  printf '%s\n' "${NODES[@]}"
  exit
fi
node=${2:?usage: hack/node.sh stop|start|pause|unpause|cut|heal NODE}
[[ $node == "$CLUSTER"-* ]] || node=$CLUSTER-$node

# The rules go with the node's power, so start heals as well.
filter() {
  local rule
  while read -r rule; do
    # shellcheck disable=SC2086 # a rule is several words
    on "$node" sh -c "iptables -w -D $rule 2>/dev/null; [ $1 = heal ] || iptables -w -I $rule" </dev/null ||
      [[ $1 == heal ]]
  done <<'RULES'
INPUT -i eth0 -j DROP
OUTPUT -o eth0 -j DROP
FORWARD -i eth0 -j DROP
FORWARD -o eth0 -j DROP
RULES
}

case $action in
stop) "$ENGINE" kill --signal KILL "$node" >/dev/null ;;
start | pause | unpause) "$ENGINE" "$action" "$node" >/dev/null ;;
cut | heal) filter "$action" ;;
*) die "unknown action $action" ;;
esac
log "$node: $action"
