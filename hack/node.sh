#!/usr/bin/env bash
# Makes a node of the test cluster fail, and brings it back.
#
#   hack/node.sh stop|start|pause|unpause|cut|heal NODE
#   hack/node.sh mute|unmute NODE ADDRESS PORT...
#   hack/node.sh kill NODE PROGRAM
#   hack/node.sh list
#
# stop is a power-off (everything in the node is killed at once), pause freezes
# it, cut drops every packet between the node and the rest, its Pods included.
# mute drops what the Pod with the address, on the node, sends to the ports of
# any other Pod; kill ends a program at once, in whichever container of the node
# it runs. NODE is the name that kubectl shows, or its last part (worker2).
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
node=${2:?usage: hack/node.sh stop|start|pause|unpause|cut|heal|mute|unmute|kill NODE}
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

# mute ADDRESS PORT... adds a rule for each port, unless it is there.
mute() {
  local port rule
  for port in "${@:2}"; do
    rule=(FORWARD --source "$1" --protocol tcp --dport "$port" --jump DROP)
    on "$node" iptables -w -C "${rule[@]}" 2>/dev/null || on "$node" iptables -w -I "${rule[@]}"
  done
}

unmute() {
  local port
  for port in "${@:2}"; do
    on "$node" iptables -w -D FORWARD --source "$1" --protocol tcp --dport "$port" --jump DROP 2>/dev/null || true
  done
}

case $action in
stop) "$ENGINE" kill --signal KILL "$node" >/dev/null ;;
start | pause | unpause) "$ENGINE" "$action" "$node" >/dev/null ;;
cut | heal) filter "$action" ;;
mute | unmute) "$action" "${@:3}" ;;
kill) on "$node" pkill --signal KILL --full "^${3:?which program}( |$)" ;;
*) die "unknown action $action" ;;
esac
log "$node: $action"
