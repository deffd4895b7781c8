import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;

/**
 * Feeds configurations to ZooKeeper's own parser and says what came of them.
 *
 * <p>Each case on standard input is five texts: zoo.cfg, the name of the dynamic file, the dynamic
 * file, myid, and the properties set by -D. A text is its length as four bytes, big endian, then
 * the bytes; length -1 means that there is no such text. Each answer is one line of JSON.
 *
 * <p>The argument is the folder to work in: zoo.cfg and the dynamic file are written there, myid
 * into its folder "data".
 */
final class Parser {
  private final Path folder;
  private final Properties pristine = copy(System.getProperties());

  private Parser(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] arguments) throws IOException {
    PrintStream answers = new PrintStream(System.out, true, "UTF-8");
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    Parser parser = new Parser(Path.of(arguments[0]));
    DataInputStream cases = new DataInputStream(System.in);
    while (true) {
      String[] texts = new String[5];
      try {
        for (int i = 0; i < texts.length; i++) {
          texts[i] = read(cases);
        }
      } catch (EOFException end) {
        return;
      }
      answers.println(parser.answer(texts));
    }
  }

  // Latin-1 carries every byte through a string unchanged.
  private static String read(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
  }

  private String answer(String[] texts) throws IOException {
    Path config = folder.resolve("zoo.cfg");
    write(config, texts[0]);
    if (texts[1] != null) {
      write(folder.resolve(texts[1]), texts[2]);
    }
    write(folder.resolve("data/myid"), texts[3]);
    System.setProperties(copy(pristine));
    Properties flags = new Properties();
    flags.load(new StringReader(texts[4] == null ? "" : texts[4]));
    System.getProperties().putAll(flags);
    QuorumPeerConfig.setStandaloneEnabled(true);
    QuorumPeerConfig.setReconfigEnabled(false);

    Map<String, String> answer = new TreeMap<>();
    QuorumPeerConfig parsed = new QuorumPeerConfig();
    try {
      parsed.parse(config.toString());
      answer.put("getters", object(getters(parsed)));
      answer.put("fields", object(fields(parsed)));
      answer.put("properties", object(changedProperties(flags)));
    } catch (Throwable refusal) {
      answer.put("refused", string(reason(refusal)));
    }
    if (texts[1] != null) {
      Files.deleteIfExists(folder.resolve(texts[1]));
    }
    return object(answer);
  }

  private static void write(Path file, String text) throws IOException {
    if (text == null) {
      Files.deleteIfExists(file);
      return;
    }
    Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Properties copy(Properties properties) {
    Properties copy = new Properties();
    copy.putAll(properties);
    return copy;
  }

  private static String reason(Throwable refusal) {
    StringBuilder reason = new StringBuilder();
    for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
      reason.append(reason.length() == 0 ? "" : " <- ").append(cause);
    }
    return reason.toString();
  }

  private static Map<String, String> getters(QuorumPeerConfig config) {
    Map<String, String> values = new TreeMap<>();
    for (Method method : QuorumPeerConfig.class.getDeclaredMethods()) {
      String name = method.getName();
      boolean getter = name.matches("(get|is|are|should)[A-Z].*") && method.getParameterCount() == 0;
      if (!getter || !Modifier.isPublic(method.getModifiers())) {
        continue;
      }
      try {
        values.put(name, string(shown(method.invoke(config))));
      } catch (ReflectiveOperationException failure) {
        values.put(name, string("failed: " + reason(failure)));
      }
    }
    return values;
  }

  // Some of what the parser reads has no getter.
  private static Map<String, String> fields(QuorumPeerConfig config) {
    Map<String, String> values = new TreeMap<>();
    for (Field field : QuorumPeerConfig.class.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      try {
        field.setAccessible(true);
        values.put(field.getName(), string(shown(field.get(config))));
      } catch (ReflectiveOperationException failure) {
        values.put(field.getName(), string("failed: " + reason(failure)));
      }
    }
    return values;
  }

  private static String shown(Object value) {
    if (value instanceof InetSocketAddress) {
      InetSocketAddress address = (InetSocketAddress) value;
      boolean any = !address.isUnresolved() && address.getAddress().isAnyLocalAddress();
      return (any ? "*" : address.getHostString()) + " " + address.getPort();
    }
    return value instanceof Properties ? new TreeMap<>((Properties) value).toString() : String.valueOf(value);
  }

  private Map<String, String> changedProperties(Properties flags) {
    Map<String, String> changed = new TreeMap<>();
    System.getProperties().forEach((key, value) -> {
      if (!value.equals(pristine.get(key)) && !value.equals(flags.get(key))) {
        changed.put((String) key, string((String) value));
      }
    });
    return changed;
  }

  private static String object(Map<String, String> members) {
    StringBuilder json = new StringBuilder("{");
    members.forEach((name, value) ->
        json.append(json.length() == 1 ? "" : ",").append(string(name)).append(':').append(value));
    return json.append('}').toString();
  }

  private static String string(String value) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
