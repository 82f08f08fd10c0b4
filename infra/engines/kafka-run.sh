#!/bin/sh
# What Apache's image does: of the environment, KAFKA_A_B becomes the setting a.b, with __ for _ and ___ for -.
set -eu
config=/opt/kafka/config/server.properties
env | grep '^KAFKA_' | grep -v -E '^KAFKA_(HEAP_OPTS|OPTS|LOG4J_[A-Z_]*|JMX_[A-Z_]*)=' | while IFS='=' read -r name value; do
  setting=$(echo "${name#KAFKA_}" |
    sed 'y/ABCDEFGHIJKLMNOPQRSTUVWXYZ_/abcdefghijklmnopqrstuvwxyz./; s/\.\.\./-/g; s/\.\./_/g')
  echo "$setting=$value"
done >"$config"
java -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format --ignore-formatted --cluster-id="$CLUSTER_ID" --config="$config"
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:--Xmx1G} ${KAFKA_OPTS:-} -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.xml \
  -cp '/opt/kafka/libs/*' kafka.Kafka "$config"
