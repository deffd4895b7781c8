{{- /* Names are those of the release, so that two releases of different names can live in one cluster. */ -}}
{{- define "zookeeper-operator.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "zookeeper-operator.selector" -}}
app.kubernetes.io/name: zookeeper-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "zookeeper-operator.labels" -}}
{{ include "zookeeper-operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "zookeeper-operator.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- /* Without a name, every Pod of the namespace that names none would get the operator's rights. */ -}}
{{- define "zookeeper-operator.serviceAccount" -}}
{{- if not (or .Values.serviceAccount.create .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.create is false and there is no name: the rights would go to the account of every Pod that names none; set serviceAccount.name" -}}
{{- end -}}
{{- .Values.serviceAccount.name | default (include "zookeeper-operator.name" .) -}}
{{- end -}}

{{- /* The rules that controller-gen wrote from the markers in the code. */ -}}
{{- define "zookeeper-operator.rules" -}}
{{- (.Files.Get "files/role.yaml" | fromYaml).rules | toYaml -}}
{{- end -}}

{{- define "zookeeper-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "zookeeper-operator.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
