module github.com/zkensemble/zookeeper-operator/hack/modules/pause

go 1.26.0
