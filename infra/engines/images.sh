#!/usr/bin/env bash
# Makes stand-ins for apache/kafka and amazon/dynamodb-local, in the versions of pom.xml, for machines that reach no image
# registry: this machine's Java and tools, and the jars from Maven Central. They understand of the real images' conventions
# what we use of them. Needs Docker, Maven and a JDK 17+ on Linux.
#
#   infra/engines/images.sh        # makes them: tests with Docker use them from now on
#   infra/engines/images.sh rm     # removes them
set -euo pipefail
cd "$(dirname "$0")"

version() { sed -n "/<id>$1</,/<version>/s/.*<version>\(.*\)<.*/\1/p" pom.xml; }
kafka=apache/kafka:$(version kafka)
dynamodb=amazon/dynamodb-local:$(version dynamodb-local)
mark=fcode.stand-in

if [ "${1:-}" = rm ]; then
  # Never the real ones. By force, since a container that runs from one keeps what it needs of it.
  for image in "$kafka" "$dynamodb"; do
    [ -z "$(docker image ls --quiet --filter "label=$mark" "$image")" ] || docker image rm --force "$image"
  done
  docker image prune --force --filter "label=$mark" >/dev/null
  exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{usr/bin,etc,opt,home,lib64} "$root/var/lib/kafka/data"
mkdir -m 1777 "$root/tmp"
ln -s usr/bin "$root/bin"
printf 'root:x:0:0::/:/bin/sh\nengine:x:1000:1000::/tmp:/bin/sh\n' >"$root/etc/passwd"

jlink --add-modules java.se,jdk.unsupported,jdk.crypto.ec,jdk.management,jdk.net,jdk.zipfs \
  --strip-debug --no-man-pages --no-header-files --output "$root/opt/java"
# Both engines run without windows, fonts and sound, which would bring half of a desktop's libraries.
rm -f "$root"/opt/java/lib/lib{awt,awt_headless,awt_xawt,fontmanager,freetype,javajpeg,jawt,jsound,lcms,mlib_image,splashscreen}.so
"$root/opt/java/bin/java" -Xshare:dump >/dev/null
ln -s /opt/java/bin/java "$root/usr/bin/java"

for tool in sh bash cat env grep head ls mkdir sed sleep timeout wc; do
  cp --dereference "$(command -v $tool)" "$root/usr/bin/$tool"
done
# Snappy, which is in a jar, wants C++.
cxx=$(ldconfig -p | awk '/libstdc\+\+\.so\.6.*x86-64|libstdc\+\+\.so\.6.*AArch64/ { print $NF; exit }')
{
  find "$root/usr/bin" "$root/opt/java" -type f \( -name '*.so' -o -path '*/bin/*' \) -exec ldd {} + 2>/dev/null
  ldd "$cxx"
  echo "x => $cxx ("
} | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && NF == 2 && $2 ~ /^\(/ { print $1 }' | sort -u |
  while read -r library; do
    case $library in "$root"/*) continue ;; esac
    mkdir -p "$root$(dirname "$library")"
    cp --dereference "$library" "$root$library"
  done

copy_jars() {
  mvn -q -B -P "$1" dependency:copy-dependencies -DoutputDirectory="$2"
}

import() {
  local image=$1
  shift
  local changes=(--change "LABEL $mark=true")
  for change in 'ENV PATH=/usr/bin' 'USER 1000' "$@"; do changes+=(--change "$change"); done
  tar --create --owner 1000 --group 1000 --directory "$root" . | docker import "${changes[@]}" - "$image" >/dev/null
  docker image ls "$image"
}

copy_jars dynamodb-local "$root/home/dynamodblocal"
cd "$root/home/dynamodblocal"
# The image runs `java -jar DynamoDBLocal.jar` here, and this jar's own list of others is of the image's other names.
printf 'Main-Class: com.amazonaws.services.dynamodbv2.local.main.ServerRunner\nClass-Path: %s\n' "$(echo *.jar)" |
  fold -w 70 | sed '2,$s/^\([^:]*\)$/ \1/' >"$work/manifest"
jar --create --file DynamoDBLocal.jar --manifest "$work/manifest"
cd "$OLDPWD"
import "$dynamodb" 'WORKDIR /home/dynamodblocal' 'EXPOSE 8000' 'ENTRYPOINT ["java"]' \
  'CMD ["-jar", "DynamoDBLocal.jar", "-inMemory"]'
rm -r "$root/home/dynamodblocal"

copy_jars kafka "$root/opt/kafka/libs"
mkdir -p "$root/opt/kafka/config" "$root/etc/kafka/docker"
cp log4j2.xml "$root/opt/kafka/config"
install -m 755 kafka-run.sh "$root/etc/kafka/docker/run"
import "$kafka" 'EXPOSE 9092' 'VOLUME /var/lib/kafka/data' 'CMD ["/etc/kafka/docker/run"]'
