{{- /* Fails where one of the `variables` of a `place` in the values is a secret. */ -}}
{{- define "fanfare.refuse-secrets" -}}
{{- $place := .place }}
{{- range $variable, $value := .variables }}
  {{- if or (regexMatch "(SECRETS?|PASSWORD|_KEYS?)$|^(SERVICE_)?TOKEN$" $variable) (regexMatch "://[^/@]*:[^/@]+@" $value) }}
    {{- fail (printf "%s.%s is secret: put it into a secret that the service reads" $place $variable) }}
  {{- end }}
{{- end }}
{{- end }}
