# What the container runs: looks every minute whether a crawl is due. A request to stop is
# passed on to "scrapy due", and its end is waited for.
stopped=
trap 'stopped=1; kill -TERM "$child"' INT TERM
while [ -z "$stopped" ]; do
    scrapy due -s SCHEDULE=/etc/housecall/schedule.toml -s ARCHIVE_DB=/var/lib/housecall/archive.db -s WARC_DIR=/var/lib/housecall/warcs -s STATE_DIR=/var/lib/housecall/state -s WITHHELD_FILE=/etc/housecall/withheld.toml &
    child=$!
    wait "$child"
    # A signal ends that wait before the child has ended.
    if [ -n "$stopped" ]; then
        wait "$child"
        break
    fi
    sleep 60 &
    child=$!
    wait "$child"
done
